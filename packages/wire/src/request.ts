import { hash } from 'node:crypto'
import {
  AUTHORIZATION_TYPES,
  type AuthorizationRequest,
  ENTRY_MODES,
  type OriginalReference,
  TERMINAL_TYPES,
} from '@tolem/domain/authorization'
import type { BankId, CardToken } from '@tolem/domain/ids'
import type { Amount } from '@tolem/money/amount'
import { z } from 'zod'
import { type Parsed, parseBody } from './body.ts'
import {
  anyAmount,
  canonicalAmount,
  cardToken,
  freeText,
  merchantId,
  networkKeyShape,
  tengeAmount,
  terminalId,
  toTenge,
  transmissionShape,
  type WireAmount,
} from './fields.ts'
import { originalReference, toNetworkKey, toOriginal } from './original.ts'

/** What the terminal says of itself and of its merchant, in every message that asks for money. */
const pointOfService = {
  terminal: z.strictObject({
    id: terminalId,
    type: z.enum(TERMINAL_TYPES),
    entryMode: z.enum(ENTRY_MODES).meta({ description: 'DE22' }),
    pinEntered: z.boolean().default(false),
  }),
  merchant: z.strictObject({
    id: merchantId,
    name: freeText(40).meta({ description: 'DE43' }),
    city: freeText(40),
    country: z.string().regex(/^[A-Z]{2}$/, 'an ISO 3166 code such as KZ'),
    categoryCode: z
      .string()
      .regex(/^[0-9]{4}$/, '4 digits')
      .meta({ description: 'DE18' }),
  }),
} as const

/** The fields of every message that asks for money or tells that money was given: in one order, for the fingerprint. */
export const requestShape = {
  type: z.enum(AUTHORIZATION_TYPES).meta({ description: 'DE3, processing code' }),
  cardToken,
  transactionAmount: anyAmount.meta({ description: 'DE4 and DE49: what the terminal asked for' }),
  billingAmount: tengeAmount
    .optional()
    .meta({ description: 'DE6 and DE51: required when the transaction is not in KZT' }),
  ...networkKeyShape,
  ...pointOfService,
  ...transmissionShape,
  final: z
    .boolean()
    .default(false)
    .meta({ description: 'single message (0200): no clearing follows' }),
  preauthorization: z
    .boolean()
    .default(false)
    .meta({ description: 'an estimate: held for longer, and clearing will differ' }),
  recurring: z
    .boolean()
    .default(false)
    .meta({ description: 'the merchant’s own initiative, under an earlier agreement' }),
} as const

const moneyRequest = z.strictObject({
  ...requestShape,
  cashbackAmount: tengeAmount.optional().meta({
    description: 'DE54, amount type 40: the cash in a purchase_with_cashback, part of the amount',
  }),
  partialApprovalSupported: z.boolean().default(false),
})

/** The body of `POST /v1/authorizations` (0100 and 0200). */
export const authorizationBody = moneyRequest.superRefine(checkAmounts)

/** The body of `POST /v1/increments` (0100): the amount is what is added. */
export const incrementBody = moneyRequest
  .extend({ original: originalReference })
  .superRefine(checkAmounts)

/** What a caller sends. */
export type AuthorizationBody = z.input<typeof authorizationBody>
/** What a caller sends. */
export type IncrementBody = z.input<typeof incrementBody>

/** Reads an authorization request that `bank` signed. */
export function parseAuthorization(bank: BankId, bytes: Uint8Array): Parsed<AuthorizationRequest> {
  const parsed = parseBody(authorizationBody, bytes)
  if (!parsed.ok) return parsed
  return { ok: true, value: toRequest(bank, parsed.value, undefined) }
}

/** Reads an increment that `bank` signed. */
export function parseIncrement(bank: BankId, bytes: Uint8Array): Parsed<AuthorizationRequest> {
  const parsed = parseBody(incrementBody, bytes)
  if (!parsed.ok) return parsed
  const { original } = parsed.value
  return { ok: true, value: toRequest(bank, parsed.value, toOriginal(original)) }
}

function toRequest(
  bank: BankId,
  message: z.output<typeof authorizationBody>,
  original: OriginalReference | undefined,
): AuthorizationRequest {
  const { transmittedAt: _, repeat: __, ...meaning } = message
  const { terminal, merchant, cashbackAmount } = meaning
  return {
    bank,
    kind: original ? 'increment' : 'authorization',
    original,
    type: meaning.type,
    cardToken: meaning.cardToken as CardToken,
    networkKey: toNetworkKey({ ...meaning, terminalId: terminal.id }),
    billing: tengeOf(meaning),
    cashback: cashbackAmount && toTenge(cashbackAmount),
    isPartialApprovalSupported: meaning.partialApprovalSupported,
    isFinal: meaning.final,
    isPreauthorization: meaning.preauthorization,
    terminalType: terminal.type,
    merchantCategoryCode: merchant.categoryCode,
    merchantCountry: merchant.country,
    fingerprint: fingerprintOf(canonicalAmounts(meaning)),
  }
}

type Amounts = {
  readonly transactionAmount: WireAmount
  readonly billingAmount?: WireAmount | undefined
}

/** What the cardholder is charged: the billing amount, or the transaction amount where that is in tenge already. */
export function tengeOf({ transactionAmount, billingAmount }: Amounts): Amount<'KZT'> | undefined {
  const tenge =
    billingAmount ?? (transactionAmount.currency === 'KZT' ? transactionAmount : undefined)
  return tenge && toTenge(tenge)
}

/** A message with every amount in one text for all texts of equal value. */
export function canonicalAmounts(meaning: object): object {
  return Object.fromEntries(
    Object.entries(meaning).map(([name, value]) => [
      name,
      name.endsWith('Amount') && value ? canonicalAmount(value) : value,
    ]),
  )
}

type Checked = Amounts & {
  readonly type: (typeof AUTHORIZATION_TYPES)[number]
  readonly cashbackAmount?: WireAmount | undefined
  readonly final: boolean
  readonly preauthorization: boolean
}

type Complain = (field: string, text: string) => void

/** What no single field can say. */
function checkAmounts(message: Checked, context: z.RefinementCtx): void {
  const complain: Complain = (field, text) =>
    context.addIssue({ code: 'custom', path: [field], message: text })
  const { transactionAmount, billingAmount } = message
  const isTwiceInTenge = billingAmount?.currency === 'KZT' && transactionAmount.currency === 'KZT'
  if (isTwiceInTenge && toTenge(transactionAmount) !== toTenge(billingAmount))
    complain('billingAmount', 'must equal a transactionAmount that is in KZT')
  if (message.final && message.preauthorization)
    complain('preauthorization', 'a final message is no estimate')
  checkCashback(message, complain)
}

function checkCashback(message: Checked, complain: Complain): void {
  const { cashbackAmount, type } = message
  const mustBeThere = type === 'purchase_with_cashback'
  if (!cashbackAmount) {
    if (mustBeThere) complain('cashbackAmount', 'required in a purchase_with_cashback')
    return
  }
  if (!mustBeThere) return complain('cashbackAmount', 'only in a purchase_with_cashback')
  const total = tengeOf(message)
  const cashback = toTenge(cashbackAmount)
  if (cashback === 0n || (total !== undefined && cashback >= total))
    complain('cashbackAmount', 'more than nothing, and less than the whole amount')
}

/**
 * SHA-256 over the meaning of a message. Zod gives the fields in the schema's order, whatever order they were sent in,
 * so two texts with one meaning have one fingerprint.
 */
export function fingerprintOf(meaning: object): Buffer {
  return hash('sha256', JSON.stringify(meaning), 'buffer')
}
