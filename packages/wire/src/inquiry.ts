import { z } from 'zod'
import { authorizationAnswer } from './authorization.ts'
import { anyAmount } from './fields.ts'

/** The answer to `GET /v1/authorizations/{id}`: the record behind a decision, for people and reconciliation. */
export const authorizationRecord = z.strictObject({
  authorizationId: z.string(),
  type: z.string(),
  cardToken: z.string(),
  state: z
    .enum(['accepted', 'approved', 'declined'])
    .meta({ description: 'accepted: durable, and being decided' }),
  reason: z.string().optional(),
  billingAmount: anyAmount.optional(),
  receivedAt: z.string(),
  concludedAt: z.string().optional(),
  reversalId: z.string().optional(),
  answer: authorizationAnswer.optional().meta({ description: 'what was answered, exactly' }),
  movements: z.array(
    z.strictObject({
      kind: z.enum(['debit', 'credit']),
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
