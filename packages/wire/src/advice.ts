import {
  ADVICE_OUTCOMES,
  ADVICE_REASONS,
  type AdviceOutcome,
  type AdviceRequest,
} from '@tolem/domain/advice'
import type { AuthorizationId, BankId, CardToken } from '@tolem/domain/ids'
import { z } from 'zod'
import { type Parsed, parseBody } from './body.ts'
import { originalReference, toNetworkKey, toOriginal } from './original.ts'
import { canonicalAmounts, fingerprintOf, requestShape, tengeOf } from './request.ts'
import { APPROVED } from './response-codes.ts'

/** The body of `POST /v1/advices` (0120 and 0220): what the bank decided in our place. */
export const adviceBody = z
  .strictObject({
    ...requestShape,
    decision: z.enum(['approved', 'declined']).meta({ description: 'what the bank answered' }),
    reason: z.enum(ADVICE_REASONS).meta({ description: 'DE25, 1000 series' }),
    original: originalReference.optional(),
  })
  .superRefine((message, context) => {
    if (tengeOf(message) === undefined)
      context.addIssue({
        code: 'custom',
        path: ['billingAmount'],
        message: 'required when the transaction is not in KZT',
      })
  })

/** What a caller sends. */
export type AdviceBody = z.input<typeof adviceBody>

/** Reads an advice that `bank` signed. */
export function parseAdvice(bank: BankId, bytes: Uint8Array): Parsed<AdviceRequest> {
  const parsed = parseBody(adviceBody, bytes)
  if (!parsed.ok) return parsed
  const { transmittedAt: _, repeat: __, ...meaning } = parsed.value
  const billing = tengeOf(meaning)
  if (billing === undefined) throw new Error('a checked advice has a tenge amount')
  const { terminal, merchant, original } = meaning
  return {
    ok: true,
    value: {
      bank,
      original: original && toOriginal(original),
      isApproved: meaning.decision === 'approved',
      reason: meaning.reason,
      type: meaning.type,
      cardToken: meaning.cardToken as CardToken,
      billing,
      isFinal: meaning.final,
      isPreauthorization: meaning.preauthorization,
      terminalType: terminal.type,
      merchantCategoryCode: merchant.categoryCode,
      merchantCountry: merchant.country,
      networkKey: toNetworkKey({ ...meaning, terminalId: terminal.id }),
      fingerprint: fingerprintOf(canonicalAmounts(meaning)),
    },
  }
}

/** The answer to an advice. */
export const adviceAnswer = z.strictObject({
  authorizationId: z.string().meta({ description: 'of the record that the advice made' }),
  responseCode: z.string().meta({ description: 'DE39, always 00' }),
  outcome: z.enum(ADVICE_OUTCOMES),
  originalAuthorizationId: z.string().optional(),
})
export type AdviceAnswer = z.output<typeof adviceAnswer>

/** The exact bytes of an advice's answer. */
export function renderAdvice(advice: {
  readonly id: AuthorizationId
  readonly outcome: AdviceOutcome
  readonly originalId: AuthorizationId | undefined
}): string {
  const answer: AdviceAnswer = {
    authorizationId: advice.id,
    responseCode: APPROVED,
    outcome: advice.outcome,
    ...(advice.originalId && { originalAuthorizationId: advice.originalId }),
  }
  return JSON.stringify(answer)
}
