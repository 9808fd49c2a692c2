import { CLEARING_OUTCOMES } from '@tolem/domain/clearing'
import { EVENT_AUDIENCES, type EventKind } from '@tolem/domain/hold'
import { z } from 'zod'
import { authorizationAnswer } from './authorization.ts'
import { anyAmount } from './fields.ts'

/** What records are: requests, and what banks and acquirers brought without one. */
const RECORD_KINDS = [
  'authorization',
  'increment',
  'advice',
  'force_post',
  'unmatched_refund',
] as const
const RECORD_STATES = ['accepted', 'approved', 'declined'] as const

/** One authorization as it stands, by itself: what `GET /v1/authorizations` lists. */
export const authorizationSummary = z.strictObject({
  authorizationId: z.string(),
  kind: z.enum(RECORD_KINDS).meta({
    description:
      'an authorization, an increment of one, an advice of the bank, a force_post that clearing brought without an ' +
      'authorization, or an unmatched_refund',
  }),
  parentAuthorizationId: z.string().optional().meta({ description: 'what an increment raises' }),
  type: z.string(),
  cardToken: z.string(),
  state: z.enum(RECORD_STATES).meta({ description: 'accepted: durable, and being decided' }),
  reason: z.string().optional(),
  final: z.boolean().meta({ description: 'owed to the bank at once: no clearing follows' }),
  billingAmount: anyAmount.optional(),
  cashAmount: anyAmount.optional().meta({ description: 'the part of it that is cash' }),
  approvedAmount: anyAmount.optional(),
  releasedAmount: anyAmount.optional().meta({ description: 'given back, or never collected' }),
  clearedAmount: anyAmount.optional().meta({ description: 'owed to the bank by clearing' }),
  refundedAmount: anyAmount.optional(),
  openAmount: anyAmount.optional().meta({
    description: 'still held: approved, and neither released nor cleared',
  }),
  holdUntil: z.string().optional().meta({ description: 'when what is open is released by itself' }),
  closedAs: z.enum(['reversed', 'cleared', 'expired']).optional(),
  receivedAt: z.string(),
  concludedAt: z.string().optional(),
  reversalId: z.string().optional(),
})
export type AuthorizationSummary = z.output<typeof authorizationSummary>

/** The answer to `GET /v1/authorizations`: one page, the latest first. */
export const authorizationPage = z.strictObject({
  authorizations: z.array(authorizationSummary),
  nextCursor: z
    .string()
    .optional()
    .meta({ description: 'send it as cursor to get the next page; absent on the last' }),
})
export type AuthorizationPage = z.output<typeof authorizationPage>

/** The answer to `GET /v1/authorizations/{id}`: the record behind a decision, for people and reconciliation. */
export const authorizationRecord = authorizationSummary.extend({
  answer: authorizationAnswer
    .optional()
    .meta({ description: 'what a request was answered, exactly; absent for other kinds' }),
  increments: z.array(
    z.strictObject({
      authorizationId: z.string(),
      state: z.enum(RECORD_STATES),
      billingAmount: anyAmount.optional(),
      approvedAmount: anyAmount.optional(),
      openAmount: anyAmount.optional(),
    }),
  ),
  exposures: z
    .array(
      z.strictObject({
        exposureId: z.string(),
        clearingId: z.string().optional(),
        cause: z.enum(['advice', 'clearing', 'force_post']),
        state: z.enum(['open', 'collecting', 'closed']),
        amount: anyAmount,
        collectedAmount: anyAmount,
        cancelledAmount: anyAmount,
      }),
    )
    .meta({ description: 'what is or was owed and no debit had covered' }),
  clearings: z.array(
    z.strictObject({
      clearingId: z.string(),
      outcome: z.enum(CLEARING_OUTCOMES),
      amount: anyAmount,
      fromHoldAmount: anyAmount,
      exposedAmount: anyAmount,
      releasedAmount: anyAmount,
      last: z.boolean(),
      receivedAt: z.string(),
    }),
  ),
  refunds: z.array(
    z.strictObject({
      refundId: z.string(),
      decision: z.enum(['approved', 'declined']),
      reason: z.string().optional(),
      amount: anyAmount,
      receivedAt: z.string(),
    }),
  ),
  movements: z.array(
    z.strictObject({
      kind: z.enum(['debit', 'credit']),
      purpose: z.enum(['authorization', 'collection', 'release', 'refund', 'undo']).meta({
        description:
          'authorization: asked for inside the budget; collection: of what was owed later; release: of what a hold ' +
          'no longer needs; refund: after the fact; undo: of a debit that approved nothing',
      }),
      reference: z.string().meta({ description: 'our name for it at the exchange' }),
      exchange: z.string(),
      asset: z.string(),
      amount: z.string(),
      state: z.enum(['intended', 'in_doubt', 'executed', 'refused']),
    }),
  ),
  events: z.array(z.strictObject({ kind: z.string(), occurredAt: z.string() })),
})
export type AuthorizationRecord = z.output<typeof authorizationRecord>

/** What one event tells of the authorization that it is about: only what never changes any more. */
const eventData = z.strictObject({
  cardToken: z.string(),
  kind: z.enum(RECORD_KINDS),
  type: z.string(),
  parentAuthorizationId: z.string().optional().meta({ description: 'what an increment raises' }),
  billingAmount: anyAmount.optional(),
  outcome: z.string().optional().meta({ description: 'of an approval' }),
  reason: z.string().optional().meta({ description: 'of a decline, or of an advice' }),
  adviceId: z.string().optional().meta({ description: 'the advice that adjusted it' }),
  releasedAmount: anyAmount.optional().meta({ description: 'by a partial reversal' }),
  clearing: authorizationRecord.shape.clearings.element.omit({ receivedAt: true }).optional(),
  refund: z.strictObject({ refundId: z.string(), amount: anyAmount }).optional(),
  movement: authorizationRecord.shape.movements.element.omit({ state: true }).optional(),
  note: z.string().optional().meta({ description: 'for operators' }),
})

const EVENT_KINDS = Object.keys(EVENT_AUDIENCES) as EventKind[]

/** What a bank's webhook and the event stream are told, in the same bytes however often. */
export const authorizationEvent = z.strictObject({
  type: z.templateLiteral(['authorization.', z.enum(EVENT_KINDS)]),
  id: z
    .string()
    .meta({ description: 'the same in every delivery: what is known is to be ignored' }),
  time: z.string().meta({ description: 'when it happened' }),
  authorizationId: z.string(),
  sequence: z.int().meta({
    description: 'grows from event to event of one authorization, with gaps',
  }),
  data: eventData,
})
export type AuthorizationEvent = z.output<typeof authorizationEvent>

/** The answer to `GET /v1/rates`: what the authorizer would quote from now. */
export const ratesAnswer = z.strictObject({
  maximumAgeMs: z.int(),
  rates: z.array(
    z.strictObject({
      exchange: z.string(),
      pair: z.string().meta({ example: 'USDT/KZT' }),
      state: z.enum(['safe', 'unsafe', 'stale']),
      bid: z.string().optional(),
      ask: z.string().optional(),
      observedAt: z.string(),
      ageMs: z.int(),
    }),
  ),
})
export type RatesAnswer = z.output<typeof ratesAnswer>
