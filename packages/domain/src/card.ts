import type { Amount } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import type { Controls } from './controls.ts'
import type { BankId, CardToken, ExchangeId } from './ids.ts'
import { accept, type Outcome, refuse } from './outcome.ts'

/** The life of a card, as its bank tells it. Only an `active` card pays. */
export const CARD_STATUSES = [
  'not_activated',
  'active',
  'frozen',
  'lost',
  'stolen',
  'closed',
] as const
export type CardStatus = (typeof CARD_STATUSES)[number]

/** Ways of debiting a customer's wallet; each is an adapter in `exchanges`. */
export const RAILS = [
  'bybit-pay',
  'bybit-subaccount',
  'binance-pay',
  'binance-subaccount',
  'partner-transfer',
] as const
export type Rail = (typeof RAILS)[number]

/** Rails on which the cardholder signs a mandate at the exchange before anything can be debited. */
export const MANDATE_RAILS = ['bybit-pay', 'binance-pay'] as const
export type MandateRail = (typeof MANDATE_RAILS)[number]

/** Does this rail debit under a mandate? */
export function isMandateRail(rail: Rail): rail is MandateRail {
  const rails: readonly Rail[] = MANDATE_RAILS
  return rails.includes(rail)
}

/** A wallet at an exchange, as that exchange knows it. */
export type WalletLink = {
  readonly exchange: ExchangeId
  readonly rail: Rail
  /**
   * What the exchange debits by: the mandate's agreement number (bybit-pay) or contract id (binance-pay), the
   * sub-account's member id (bybit-subaccount) or e-mail (binance-subaccount), the account (partner-transfer).
   */
  readonly walletId: string
  /** The exchange's own id of the customer, where the rail asks for one besides `walletId`. */
  readonly userId?: string
  /** What may be debited, in the cardholder's order. */
  readonly assets: readonly [CryptoAsset, ...CryptoAsset[]]
}

/** A cardholder's caps; what is absent is not capped here. Days and months are those of Asia/Almaty. */
export type CardLimits = {
  readonly perTransaction?: Amount<'KZT'>
  readonly dailyAmount?: Amount<'KZT'>
  readonly dailyCount?: number
  readonly monthlyAmount?: Amount<'KZT'>
}

/** A card as its bank provisioned it. Each change raises `version`; ACCEPT refuses to work on an older one. */
export type Card = {
  readonly bank: BankId
  readonly token: CardToken
  readonly version: number
  readonly status: CardStatus
  /** The last month in which it pays, `YYYY-MM`. */
  readonly expiresOn: string
  readonly lastFour?: string
  readonly limits: CardLimits
  /** The cardholder's own, within the bank's and the programme's. */
  readonly controls: Controls
  readonly walletLink?: WalletLink
}

/** Reasons that lie in the card itself. */
export type CardRefusal =
  | 'card_expired'
  | 'card_lost'
  | 'card_stolen'
  | 'card_frozen'
  | 'card_closed'
  | 'card_not_activated'
  | 'wallet_not_linked'

const REFUSAL_BY_STATUS = {
  active: undefined,
  not_activated: 'card_not_activated',
  frozen: 'card_frozen',
  lost: 'card_lost',
  stolen: 'card_stolen',
  closed: 'card_closed',
} as const satisfies Record<CardStatus, CardRefusal | undefined>

/** May this card pay in `month` (`YYYY-MM`)? The wallet to debit, or the first refusal in order of precedence. */
export function checkCard(card: Card, month: string): Outcome<WalletLink, CardRefusal> {
  if (card.expiresOn < month) return refuse('card_expired')
  const refusal = REFUSAL_BY_STATUS[card.status]
  if (refusal) return refuse(refusal)
  return card.walletLink ? accept(card.walletLink) : refuse('wallet_not_linked')
}

/**
 * What a status may become; that it may stay is understood. A closed card never comes back. A lost or stolen one is
 * only closed: its number is known to somebody else, so its cardholder gets a new card, under a new token. Nothing
 * becomes `not_activated` again, because it is the state of a card that was never in its cardholder's hands.
 */
const NEXT_STATUSES = {
  not_activated: ['active', 'frozen', 'lost', 'stolen', 'closed'],
  active: ['frozen', 'lost', 'stolen', 'closed'],
  frozen: ['active', 'lost', 'stolen', 'closed'],
  lost: ['closed'],
  stolen: ['closed'],
  closed: [],
} as const satisfies Record<CardStatus, readonly CardStatus[]>

/** May a card of status `from` become `to`? Staying what it is always may. */
export function canBecome(from: CardStatus, to: CardStatus): boolean {
  const next: readonly CardStatus[] = NEXT_STATUSES[from]
  return from === to || next.includes(to)
}

/** The statuses from which a card may become `to`, itself included: what the database checks under the card's lock. */
export function statusesBefore(to: CardStatus): readonly CardStatus[] {
  return CARD_STATUSES.filter((from) => canBecome(from, to))
}
