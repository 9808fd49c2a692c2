import type { DeclineReason } from '@tolem/domain/decision'
import type { AuthorizationId, BankId, CardToken, RefundId } from '@tolem/domain/ids'
import { REFUND_RATES, type RefundRate, type RefundRequest } from '@tolem/domain/refund'
import { type Amount, formatAmount } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import { z } from 'zod'
import { type Parsed, parseBody } from './body.ts'
import {
  anyAmount,
  cardToken,
  fromTenge,
  networkKeyShape,
  tengeAmount,
  terminalId,
  toTenge,
  transmissionShape,
} from './fields.ts'
import { APPROVED_MESSAGES, DECLINE_MESSAGES } from './messages.ts'
import { originalReference, toNetworkKey, toOriginal } from './original.ts'
import { canonicalAmounts, fingerprintOf } from './request.ts'
import { APPROVED, type ResponseCodeTable } from './response-codes.ts'

/** The body of `POST /v1/refunds` (0200 with processing code 20). */
export const refundBody = z.strictObject({
  original: originalReference.optional().meta({ description: 'the purchase, where it is known' }),
  cardToken,
  refundAmount: tengeAmount.refine((amount) => toTenge(amount) > 0n, {
    path: ['value'],
    error: 'more than nothing',
  }),
  ...networkKeyShape,
  terminalId,
  ...transmissionShape,
})

/** What a caller sends. */
export type RefundBody = z.input<typeof refundBody>

/** Reads a refund that `bank` signed. */
export function parseRefund(bank: BankId, bytes: Uint8Array): Parsed<RefundRequest> {
  const parsed = parseBody(refundBody, bytes)
  if (!parsed.ok) return parsed
  const { transmittedAt: _, repeat: __, ...meaning } = parsed.value
  return {
    ok: true,
    value: {
      bank,
      original: meaning.original && toOriginal(meaning.original),
      cardToken: meaning.cardToken as CardToken,
      amount: toTenge(meaning.refundAmount),
      networkKey: toNetworkKey(meaning),
      fingerprint: fingerprintOf(canonicalAmounts(meaning)),
    },
  }
}

/** The answer to a refund: a decision. */
export const refundAnswer = z.strictObject({
  refundId: z.string(),
  decision: z.enum(['approved', 'declined']),
  responseCode: z.string().meta({ description: 'DE39' }),
  reason: z.string().optional(),
  authorizationId: z
    .string()
    .optional()
    .meta({ description: 'of the original, where it was found' }),
  refundedAmount: anyAmount.optional(),
  credits: z
    .array(
      z.strictObject({
        exchange: z.string(),
        asset: z.string(),
        amount: z.string(),
        rate: z.string().meta({ description: 'tenge for one whole coin' }),
        rateOf: z.enum(REFUND_RATES),
      }),
    )
    .optional()
    .meta({ description: 'the crypto that goes back to the wallet within seconds' }),
  messages: z.strictObject({ kk: z.string(), ru: z.string(), en: z.string() }),
})
export type RefundAnswer = z.output<typeof refundAnswer>

/** One credit of an approved refund. */
export type RefundCredit = {
  readonly exchange: string
  readonly asset: CryptoAsset
  readonly amount: Amount<CryptoAsset>
  readonly rate: string
  readonly rateOf: RefundRate
}

/** The exact bytes of an approved refund's answer. */
export function renderRefund(refund: {
  readonly id: RefundId
  readonly authorizationId: AuthorizationId | undefined
  readonly amount: Amount<'KZT'>
  readonly credits: readonly RefundCredit[]
}): string {
  const answer: RefundAnswer = {
    refundId: refund.id,
    decision: 'approved',
    responseCode: APPROVED,
    ...(refund.authorizationId && { authorizationId: refund.authorizationId }),
    refundedAmount: fromTenge(refund.amount),
    credits: refund.credits.map((credit) => ({
      ...credit,
      amount: formatAmount(credit.asset, credit.amount),
    })),
    messages: APPROVED_MESSAGES,
  }
  return JSON.stringify(answer)
}

/** The exact bytes of a declined refund's answer, in the codes of its bank. */
export function renderRefundDecline(
  id: RefundId,
  reason: DeclineReason,
  codes: ResponseCodeTable,
): string {
  const answer: RefundAnswer = {
    refundId: id,
    decision: 'declined',
    responseCode: codes[reason],
    reason,
    messages: DECLINE_MESSAGES[reason],
  }
  return JSON.stringify(answer)
}
