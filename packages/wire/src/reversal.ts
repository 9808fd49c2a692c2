import {
  type AuthorizationId,
  type BankId,
  parseAuthorizationId,
  type ReversalId,
} from '@tolem/domain/ids'
import {
  REVERSAL_OUTCOMES,
  REVERSAL_REASONS,
  type ReversalOutcome,
  type ReversalRequest,
} from '@tolem/domain/reversal'
import { z } from 'zod'
import { fingerprintOf } from './authorization.ts'
import { type Parsed, parseBody } from './body.ts'
import { networkKeyShape, terminalId, transmissionShape } from './fields.ts'
import { APPROVED } from './response-codes.ts'

/** The body of `POST /v1/reversals` (0400 and 0420), full. */
export const reversalBody = z.strictObject({
  original: z
    .union([
      z.strictObject({
        authorizationId: z
          .string()
          .refine(
            (text) => parseAuthorizationId(text) !== undefined,
            'an authorizationId as we answered it',
          ),
      }),
      z.strictObject({ ...networkKeyShape, terminalId }),
    ])
    .meta({ description: 'DE90: by our id, or by the network key of the original' }),
  reason: z.enum(REVERSAL_REASONS).meta({ description: 'DE25, 4000 series' }),
  ...networkKeyShape,
  terminalId,
  ...transmissionShape,
})

/** What a caller sends. */
export type ReversalBody = z.input<typeof reversalBody>

/** Reads a reversal that `bank` signed. */
export function parseReversal(bank: BankId, bytes: Uint8Array): Parsed<ReversalRequest> {
  const parsed = parseBody(reversalBody, bytes)
  if (!parsed.ok) return parsed
  const { transmittedAt: _, repeat: __, ...meaning } = parsed.value
  const { original, reason, ...networkKey } = meaning
  return {
    ok: true,
    value: {
      bank,
      original:
        'authorizationId' in original
          ? { kind: 'by_id', authorizationId: original.authorizationId as AuthorizationId }
          : { kind: 'by_key', networkKey: original },
      reason,
      networkKey,
      fingerprint: fingerprintOf(meaning),
    },
  }
}

/** The answer to a reversal. */
export const reversalAnswer = z.strictObject({
  reversalId: z.string(),
  responseCode: z.string().meta({ description: 'DE39, always 00' }),
  outcome: z.enum(REVERSAL_OUTCOMES),
  authorizationId: z.string().optional(),
})
export type ReversalAnswer = z.output<typeof reversalAnswer>

/** The exact bytes of a reversal's answer. */
export function renderReversal(reversal: {
  readonly id: ReversalId
  readonly outcome: ReversalOutcome
  readonly authorizationId: AuthorizationId | undefined
}): string {
  const answer: ReversalAnswer = {
    reversalId: reversal.id,
    responseCode: APPROVED,
    outcome: reversal.outcome,
    ...(reversal.authorizationId && { authorizationId: reversal.authorizationId }),
  }
  return JSON.stringify(answer)
}
