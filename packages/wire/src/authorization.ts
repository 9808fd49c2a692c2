import type { ApprovalOutcome, Decision, DeclineReason } from '@tolem/domain/decision'
import type { AuthorizationId } from '@tolem/domain/ids'
import type { Quote } from '@tolem/domain/quote'
import { type Amount, formatAmount } from '@tolem/money/amount'
import { z } from 'zod'
import { anyAmount, fromTenge } from './fields.ts'
import { APPROVAL_MESSAGES, DECLINE_MESSAGES } from './messages.ts'
import type { WireAnswer } from './problem.ts'
import type { ResponseCodeTable } from './response-codes.ts'

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
  decision: z.enum(['approved', 'partially_approved', 'declined']).meta({
    description: 'partially_approved: approvedAmount is less than what was asked for',
  }),
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
        billingAmount: anyAmount.meta({
          description:
            'the part of approvedAmount that this debit paid for; the parts add up to it',
        }),
        quote: quoteAnswer,
      }),
    )
    .optional()
    .meta({ description: 'what was debited, in the cardholder’s order of assets' }),
  messages: z.strictObject({ kk: z.string(), ru: z.string(), en: z.string() }),
})

/** A decision as a bank's program reads it. */
export type AuthorizationAnswer = z.output<typeof authorizationAnswer>

const DECISIONS = {
  approved: 'approved',
  verified: 'approved',
  partially_approved: 'partially_approved',
  approved_without_cashback: 'partially_approved',
} as const satisfies Record<ApprovalOutcome, Decision>

/** The exact bytes of an approval, in the codes of its bank. */
export function renderApproval(approval: {
  readonly id: AuthorizationId
  readonly outcome: ApprovalOutcome
  readonly approvalCode: string
  readonly approved: Amount<'KZT'>
  /** The quotes by which the wallet was debited: none where nothing moved. */
  readonly funding: readonly Quote[]
  readonly codes: ResponseCodeTable
}): string {
  const { id, outcome, approvalCode, approved, funding, codes } = approval
  const answer: AuthorizationAnswer = {
    authorizationId: id,
    decision: DECISIONS[outcome],
    responseCode: codes[outcome],
    approvalCode,
    approvedAmount: fromTenge(approved),
    ...(funding.length > 0 && { funding: funding.map(toFundingAnswer) }),
    messages: APPROVAL_MESSAGES[outcome],
  }
  return JSON.stringify(answer)
}

function toFundingAnswer(quote: Quote) {
  return {
    exchange: quote.exchange,
    asset: quote.asset,
    amount: formatAmount(quote.asset, quote.debit),
    billingAmount: fromTenge(quote.billing),
    quote: toQuoteAnswer(quote),
  }
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
