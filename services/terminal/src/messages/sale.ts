import type { MessageNumbers } from '@tolem/client/message-numbers'
import type {
  AuthorizationType,
  EntryMode,
  NetworkKey,
  TerminalType,
} from '@tolem/domain/authorization'
import type { AuthorizationBody } from '@tolem/wire/request'

/** The acquirer that this simulator plays. */
export const ACQUIRER_ID = '400001'

/** What somebody does with a card somewhere. What is absent is as at an ordinary till in Almaty. */
export type Sale = {
  readonly cardToken: string
  /** Decimal text in `currency`. */
  readonly amount: string
  readonly type?: AuthorizationType | undefined
  /** ISO 4217; KZT unless given. */
  readonly currency?: string | undefined
  /** Tenge as decimal text, where the currency is another. */
  readonly billing?: string | undefined
  /** Tenge as decimal text: the cash in a purchase with cashback. */
  readonly cashback?: string | undefined
  readonly channel?: TerminalType | undefined
  readonly entryMode?: EntryMode | undefined
  readonly isPinEntered?: boolean | undefined
  readonly merchantName?: string | undefined
  readonly categoryCode?: string | undefined
  readonly city?: string | undefined
  readonly country?: string | undefined
  readonly isFinal?: boolean | undefined
  readonly isPreauthorization?: boolean | undefined
  readonly isRecurring?: boolean | undefined
  readonly isPartialApprovalSupported?: boolean | undefined
}

/** What the messages of a sale have in common, whether they ask for money or tell that it was given. */
export type SaleFields = Omit<AuthorizationBody, 'cashbackAmount' | 'partialApprovalSupported'>

/** The terminal of each channel, and how it reads cards unless told otherwise. */
const TERMINALS = {
  pos: { id: 'TOLEM-POS-01', entryMode: 'contactless' },
  atm: { id: 'TOLEM-ATM-01', entryMode: 'chip' },
  ecommerce: { id: 'TOLEM-WEB-01', entryMode: 'ecommerce' },
  mail_or_phone: { id: 'TOLEM-TEL-01', entryMode: 'manual' },
  unattended: { id: 'TOLEM-UNA-01', entryMode: 'chip' },
} as const satisfies Record<TerminalType, { readonly id: string; readonly entryMode: EntryMode }>

/** The till, for messages that follow an original which is known by nothing but its id. */
export const TILL_ID = TERMINALS.pos.id

/** The message that asks for a sale's money (0100, or 0200 where it is final). */
export function purchaseBody(sale: Sale, numbers: MessageNumbers): AuthorizationBody {
  return {
    ...saleFields(sale, numbers),
    ...(sale.cashback !== undefined && { cashbackAmount: tenge(sale.cashback) }),
    ...(sale.isPartialApprovalSupported && { partialApprovalSupported: true }),
  }
}

/** The fields that a sale's request and its advice share. */
export function saleFields(sale: Sale, numbers: MessageNumbers): SaleFields {
  const { channel = 'pos', currency = 'KZT', billing, cashback } = sale
  const terminal = TERMINALS[channel]
  const isCashMachine = channel === 'atm'
  return {
    type: sale.type ?? (cashback === undefined ? 'purchase' : 'purchase_with_cashback'),
    cardToken: sale.cardToken,
    transactionAmount: { value: sale.amount, currency },
    ...(billing !== undefined && { billingAmount: tenge(billing) }),
    acquirerId: ACQUIRER_ID,
    terminal: {
      id: terminal.id,
      type: channel,
      entryMode: sale.entryMode ?? terminal.entryMode,
      ...((sale.isPinEntered ?? isCashMachine) && { pinEntered: true }),
    },
    merchant: merchantOf(sale),
    ...(sale.isFinal && { final: true }),
    ...(sale.isPreauthorization && { preauthorization: true }),
    ...(sale.isRecurring && { recurring: true }),
    ...numbers,
  }
}

function merchantOf(sale: Sale): SaleFields['merchant'] {
  return {
    id: 'TOLEM-SHOP-01',
    name: sale.merchantName ?? 'Magnum',
    city: sale.city ?? 'Almaty',
    country: sale.country ?? 'KZ',
    categoryCode: sale.categoryCode ?? '5411',
  }
}

/** The same message sent once more (odd MTI, such as 0101). */
export function asRepeat<Body extends { readonly transmittedAt: string }>(
  body: Body,
  now: number,
): Body & { readonly repeat: true } {
  return { ...body, repeat: true, transmittedAt: new Date(now).toISOString() }
}

/** What identifies a sale's message even when its answer never came. */
export function networkKeyOf(
  body: Pick<AuthorizationBody, 'terminal' | Exclude<keyof NetworkKey, 'terminalId'>>,
): NetworkKey {
  const { acquirerId, systemTraceAuditNumber, retrievalReferenceNumber, localDateTime } = body
  return {
    acquirerId,
    terminalId: body.terminal.id,
    systemTraceAuditNumber,
    retrievalReferenceNumber,
    localDateTime,
  }
}

/** Tenge as the wire wants them. */
export function tenge(value: string): { readonly value: string; readonly currency: string } {
  return { value, currency: 'KZT' }
}

/** The place and the manner of an earlier message, for one that goes with it. Its amounts are its own. */
export function saleLike({
  type,
  cardToken,
  terminal,
  merchant,
  ...marks
}: SaleFields): Omit<Sale, 'amount'> {
  return {
    type,
    cardToken,
    channel: terminal.type,
    entryMode: terminal.entryMode,
    isPinEntered: terminal.pinEntered,
    merchantName: merchant.name,
    categoryCode: merchant.categoryCode,
    city: merchant.city,
    country: merchant.country,
    isPreauthorization: marks.preauthorization,
    isRecurring: marks.recurring,
  }
}
