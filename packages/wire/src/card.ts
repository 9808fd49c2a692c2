import {
  CARD_STATUSES,
  type Card,
  type CardLimits,
  type CardStatus,
  RAILS,
  type WalletLink,
} from '@tolem/domain/card'
import type { Controls } from '@tolem/domain/controls'
import type { BankId, CardToken, ExchangeId } from '@tolem/domain/ids'
import type { Amount } from '@tolem/money/amount'
import { CRYPTO_ASSETS } from '@tolem/money/asset'
import { z } from 'zod'
import { type Parsed, parseBody } from './body.ts'
import { holdsCardNumber } from './card-number.ts'
import { controlsBody, fromControls, toControls } from './controls.ts'
import { cardToken, fromTenge, tengeAmount, toTenge, type WireAmount } from './fields.ts'
import { problem, type WireAnswer } from './problem.ts'

const limits = z.strictObject({
  perTransaction: tengeAmount.optional(),
  dailyAmount: tengeAmount.optional(),
  dailyCount: z.int().min(0).max(100_000).optional(),
  monthlyAmount: tengeAmount.optional(),
})

const walletLink = z.strictObject({
  exchange: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,31}$/, 'an exchange of the programme, such as bybit'),
  rail: z.enum(RAILS),
  walletId: z
    .string()
    .regex(
      /^[A-Za-z0-9._@+-]{1,128}$/,
      'the mandate’s agreement number or the sub-account’s e-mail',
    ),
  userId: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, '1 to 64 of A-Z a-z 0-9 . _ -')
    .optional(),
  assets: z
    .array(z.enum(CRYPTO_ASSETS))
    .min(1)
    .max(CRYPTO_ASSETS.length)
    .refine((list) => new Set(list).size === list.length, 'each asset at most once'),
})

/** The body of `PUT /v1/cards/{cardToken}`: the whole card as it shall be. */
export const cardBody = z.strictObject({
  status: z.enum(CARD_STATUSES),
  expiresOn: z
    .string()
    .regex(/^20[0-9]{2}-(0[1-9]|1[0-2])$/, 'YYYY-MM')
    .meta({ description: 'DE14: the last month in which the card pays' }),
  lastFour: z
    .string()
    .regex(/^[0-9]{4}$/, '4 digits')
    .optional(),
  limits: limits.default({}),
  controls: controlsBody.optional(),
  walletLink: walletLink.optional(),
})

/** The body of `PUT /v1/cards/{cardToken}/status`. */
export const cardStatusBody = z.strictObject({
  status: z.enum(CARD_STATUSES).meta({
    description:
      'A closed card never comes back; a lost or stolen one can only be closed; nothing becomes not_activated again.',
  }),
})

/** The body of `PUT /v1/cards/{cardToken}/controls`: the cardholder's own controls, whole. */
export const cardControlsBody = controlsBody

/** The body of `PUT /v1/cards/{cardToken}/wallet-link`. */
export const cardWalletLinkBody = walletLink

/** What a caller sends. */
export type CardBody = z.input<typeof cardBody>

/** A card as a bank wants it; its version is the database's matter. */
export type CardRequest = Omit<Card, 'version'>

/** Reads a card that `bank` signed. */
export function parseCard(bank: BankId, token: CardToken, bytes: Uint8Array): Parsed<CardRequest> {
  const parsed = parseBody(cardBody, bytes)
  if (!parsed.ok) return parsed
  const { status, expiresOn, lastFour, walletLink: link } = parsed.value
  return {
    ok: true,
    value: {
      bank,
      token,
      status,
      expiresOn,
      ...(lastFour !== undefined && { lastFour }),
      limits: toLimits(parsed.value.limits),
      controls: toControls(parsed.value.controls ?? {}),
      ...(link && { walletLink: toWalletLink(link) }),
    },
  }
}

/** Reads the status that a card shall have from now on. */
export function parseCardStatus(bytes: Uint8Array): Parsed<CardStatus> {
  const parsed = parseBody(cardStatusBody, bytes)
  return parsed.ok ? { ok: true, value: parsed.value.status } : parsed
}

/** Reads the controls that a card shall have from now on, instead of all that it has. */
export function parseCardControls(bytes: Uint8Array): Parsed<Controls> {
  const parsed = parseBody(cardControlsBody, bytes)
  return parsed.ok ? { ok: true, value: toControls(parsed.value) } : parsed
}

/** Reads the wallet that shall pay for a card from now on. */
export function parseCardWalletLink(bytes: Uint8Array): Parsed<WalletLink> {
  const parsed = parseBody(cardWalletLinkBody, bytes)
  return parsed.ok ? { ok: true, value: toWalletLink(parsed.value) } : parsed
}

/** Reads the card token in a path, which is checked like one in a body: a card number is not repeated. */
export function parseCardToken(text: string): Parsed<CardToken> {
  if (holdsCardNumber(text)) {
    const errors = [{ pointer: '', detail: 'the path looks like a card number' }]
    return { ok: false, answer: problem('card_number_refused', { errors }) }
  }
  if (!cardToken.safeParse(text).success) {
    const errors = [{ pointer: '', detail: 'the path’s card token: 4 to 64 of A-Z a-z 0-9 _ -' }]
    return { ok: false, answer: problem('fields_invalid', { errors }) }
  }
  return { ok: true, value: text as CardToken }
}

/** The answer to a status that the card, being `from`, may not have any more. */
export function statusRefused(from: CardStatus, to: CardStatus): WireAnswer {
  const detail = `a card that is ${from} cannot become ${to}: ${NO_WAY[from]}`
  return problem('fields_invalid', { errors: [{ pointer: '/status', detail }] })
}

const FIRST_STATUS_ONLY = 'not_activated is only a new card’s status'

/** Why not, and what to do instead. */
const NO_WAY: Readonly<Record<CardStatus, string>> = {
  not_activated: FIRST_STATUS_ONLY,
  active: FIRST_STATUS_ONLY,
  frozen: FIRST_STATUS_ONLY,
  lost: 'it can only be closed; issue a new card under a new token',
  stolen: 'it can only be closed; issue a new card under a new token',
  closed: 'issue a new card under a new token',
}

/** The answer to every `PUT` below `/v1/cards/{cardToken}`: the whole card as it now is. */
export const cardAnswer = cardBody.extend({
  cardToken: z.string(),
  version: z.int(),
  controls: controlsBody.default({}),
})

/** The exact bytes of a card's answer. */
export function renderCard(card: Card): string {
  const { perTransaction, dailyAmount, dailyCount, monthlyAmount } = card.limits
  return JSON.stringify({
    cardToken: card.token,
    version: card.version,
    status: card.status,
    expiresOn: card.expiresOn,
    lastFour: card.lastFour,
    limits: {
      perTransaction: fromOptionalTenge(perTransaction),
      dailyAmount: fromOptionalTenge(dailyAmount),
      dailyCount,
      monthlyAmount: fromOptionalTenge(monthlyAmount),
    },
    controls: fromControls(card.controls),
    walletLink: card.walletLink,
  })
}

function fromOptionalTenge(amount: Amount<'KZT'> | undefined): WireAmount | undefined {
  return amount === undefined ? undefined : fromTenge(amount)
}

function toLimits(given: z.output<typeof limits>): CardLimits {
  const { perTransaction, dailyAmount, dailyCount, monthlyAmount } = given
  return {
    ...(perTransaction && { perTransaction: toTenge(perTransaction) }),
    ...(dailyAmount && { dailyAmount: toTenge(dailyAmount) }),
    ...(dailyCount !== undefined && { dailyCount }),
    ...(monthlyAmount && { monthlyAmount: toTenge(monthlyAmount) }),
  }
}

function toWalletLink(given: z.output<typeof walletLink>): WalletLink {
  const [first, ...others] = given.assets
  if (!first) throw new Error('a checked wallet link has no asset')
  return {
    exchange: given.exchange as ExchangeId,
    rail: given.rail,
    walletId: given.walletId,
    ...(given.userId !== undefined && { userId: given.userId }),
    assets: [first, ...others],
  }
}
