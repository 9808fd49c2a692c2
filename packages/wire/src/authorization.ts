import { hash } from 'node:crypto'
import {
  AUTHORIZATION_TYPES,
  type AuthorizationRequest,
  ENTRY_MODES,
  TERMINAL_TYPES,
} from '@tolem/domain/authorization'
import type { DeclineReason } from '@tolem/domain/decision'
import type { AuthorizationId, BankId, CardToken } from '@tolem/domain/ids'
import type { Quote } from '@tolem/domain/quote'
import { formatAmount } from '@tolem/money/amount'
import { z } from 'zod'
import { type Parsed, parseBody } from './body.ts'
import {
  anyAmount,
  canonicalAmount,
  cardToken,
  freeText,
  fromTenge,
  merchantId,
  networkKeyShape,
  tengeAmount,
  terminalId,
  toTenge,
  transmissionShape,
} from './fields.ts'
import { APPROVED_MESSAGES, DECLINE_MESSAGES } from './messages.ts'
import type { WireAnswer } from './problem.ts'
import { APPROVED, type ResponseCodeTable } from './response-codes.ts'

/** The body of `POST /v1/authorizations` (0100 and 0200). */
export const authorizationBody = z.strictObject({
  type: z.enum(AUTHORIZATION_TYPES).meta({ description: 'DE3, processing code' }),
  cardToken,
  transactionAmount: anyAmount.meta({ description: 'DE4 and DE49: what the terminal asked for' }),
  billingAmount: tengeAmount
    .optional()
    .meta({ description: 'DE6 and DE51: required when the transaction is not in KZT' }),
  partialApprovalSupported: z.boolean().default(false),
  ...networkKeyShape,
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
  ...transmissionShape,
  final: z
    .boolean()
    .default(false)
    .meta({ description: 'single message (0200): no clearing follows' }),
})

/** What a caller sends. */
export type AuthorizationBody = z.input<typeof authorizationBody>

/** Reads an authorization request that `bank` signed. */
export function parseAuthorization(bank: BankId, bytes: Uint8Array): Parsed<AuthorizationRequest> {
  const parsed = parseBody(authorizationBody, bytes)
  if (!parsed.ok) return parsed
  const { transmittedAt: _, repeat: __, ...meaning } = parsed.value
  const { transactionAmount, billingAmount, terminal, merchant } = meaning
  const tenge =
    billingAmount ?? (transactionAmount.currency === 'KZT' ? transactionAmount : undefined)
  return {
    ok: true,
    value: {
      bank,
      type: meaning.type,
      cardToken: meaning.cardToken as CardToken,
      networkKey: {
        acquirerId: meaning.acquirerId,
        terminalId: terminal.id,
        systemTraceAuditNumber: meaning.systemTraceAuditNumber,
        retrievalReferenceNumber: meaning.retrievalReferenceNumber,
        localDateTime: meaning.localDateTime,
      },
      billing: tenge && toTenge(tenge),
      terminalType: terminal.type,
      merchantCategoryCode: merchant.categoryCode,
      merchantCountry: merchant.country,
      fingerprint: fingerprintOf({
        ...meaning,
        transactionAmount: canonicalAmount(transactionAmount),
        ...(billingAmount && { billingAmount: canonicalAmount(billingAmount) }),
      }),
    },
  }
}

/**
 * SHA-256 over the meaning of a message. Zod gives the fields in the schema's order, whatever order they were sent in,
 * so two texts with one meaning have one fingerprint.
 */
export function fingerprintOf(meaning: object): Buffer {
  return hash('sha256', JSON.stringify(meaning), 'buffer')
}

const quoteAnswer = z.strictObject({
  id: z.string(),
  pair: z.string(),
  mid: z.string().meta({ description: 'tenge for one whole coin, middle of bid and ask' }),
  appliedRate: z
    .string()
    .meta({ description: 'the bid less the spread: what the cardholder was charged at' }),
  spreadBasisPoints: z.int(),
  spread: anyAmount,
  fee: anyAmount,
  observedAt: z.string(),
  ageMs: z.int(),
  sources: z.array(
    z.strictObject({
      exchange: z.string(),
      pair: z.string(),
      bid: z.string(),
      ask: z.string(),
      observedAt: z.string(),
    }),
  ),
})

/** The answer to an authorization request: a decision, whether it approves or declines. */
export const authorizationAnswer = z.strictObject({
  authorizationId: z.string(),
  decision: z.enum(['approved', 'partially_approved', 'declined']),
  responseCode: z.string().meta({ description: 'DE39' }),
  reason: z.string().optional(),
  approvalCode: z.string().optional().meta({ description: 'DE38' }),
  approvedAmount: anyAmount.optional(),
  funding: z
    .array(
      z.strictObject({
        exchange: z.string(),
        asset: z.string(),
        amount: z.string(),
        quote: quoteAnswer,
      }),
    )
    .optional(),
  messages: z.strictObject({ kk: z.string(), ru: z.string(), en: z.string() }),
})

/** A decision as a bank's program reads it. */
export type AuthorizationAnswer = z.output<typeof authorizationAnswer>

/** The exact bytes of an approval. */
export function renderApproval(approval: {
  readonly id: AuthorizationId
  readonly approvalCode: string
  readonly quote: Quote
}): string {
  const { id, approvalCode, quote } = approval
  const answer: AuthorizationAnswer = {
    authorizationId: id,
    decision: 'approved',
    responseCode: APPROVED,
    approvalCode,
    approvedAmount: fromTenge(quote.billing),
    funding: [
      {
        exchange: quote.exchange,
        asset: quote.asset,
        amount: formatAmount(quote.asset, quote.debit),
        quote: toQuoteAnswer(quote),
      },
    ],
    messages: APPROVED_MESSAGES,
  }
  return JSON.stringify(answer)
}

/** The exact bytes of a decline, in the codes of its bank. */
export function renderDecline(
  id: AuthorizationId,
  reason: DeclineReason,
  codes: ResponseCodeTable,
): string {
  const answer: AuthorizationAnswer = {
    authorizationId: id,
    decision: 'declined',
    responseCode: codes[reason],
    reason,
    messages: DECLINE_MESSAGES[reason],
  }
  return JSON.stringify(answer)
}

/** A decision, ready to send: HTTP 200 whether it approves or declines. */
export function decisionAnswer(body: string): WireAnswer {
  return { status: 200, contentType: 'application/json', body }
}

function toQuoteAnswer(quote: Quote): z.output<typeof quoteAnswer> {
  return {
    id: quote.id,
    pair: `${quote.asset}/KZT`,
    mid: quote.mid,
    appliedRate: quote.applied,
    spreadBasisPoints: quote.spreadBasisPoints,
    spread: fromTenge(quote.spread),
    fee: fromTenge(quote.fee),
    observedAt: new Date(quote.observedAt).toISOString(),
    ageMs: quote.ageMs,
    sources: quote.sources.map((source) => ({
      ...source,
      observedAt: new Date(source.observedAt).toISOString(),
    })),
  }
}
