import type { AuthorizationId, BankId, ReversalId } from '@tolem/domain/ids'
import {
  REVERSAL_OUTCOMES,
  REVERSAL_REASONS,
  type ReversalOutcome,
  type ReversalRequest,
} from '@tolem/domain/reversal'
import type { Amount } from '@tolem/money/amount'
import { z } from 'zod'
import { type Parsed, parseBody } from './body.ts'
import {
  anyAmount,
  fromTenge,
  networkKeyShape,
  tengeAmount,
  terminalId,
  toTenge,
  transmissionShape,
} from './fields.ts'
import { originalReference, toNetworkKey, toOriginal } from './original.ts'
import { canonicalAmounts, fingerprintOf } from './request.ts'
import { APPROVED } from './response-codes.ts'

/** The body of `POST /v1/reversals` (0400 and 0420), full or partial. */
export const reversalBody = z.strictObject({
  original: originalReference,
  reason: z.enum(REVERSAL_REASONS).meta({ description: 'DE25, 4000 series' }),
  replacementAmount: tengeAmount.optional().meta({
    description:
      'DE95: what the original shall amount to now, increments included; absent for a full reversal',
  }),
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
  const { original, reason, replacementAmount } = meaning
  const replacement = replacementAmount && toTenge(replacementAmount)
  return {
    ok: true,
    value: {
      bank,
      original: toOriginal(original),
      reason,
      // Nothing left is a full reversal, however it is written.
      replacement: replacement === 0n ? undefined : replacement,
      networkKey: toNetworkKey(meaning),
      fingerprint: fingerprintOf(canonicalAmounts(meaning)),
    },
  }
}

/** The answer to a reversal. */
export const reversalAnswer = z.strictObject({
  reversalId: z.string(),
  responseCode: z.string().meta({ description: 'DE39, always 00' }),
  outcome: z.enum(REVERSAL_OUTCOMES),
  authorizationId: z.string().optional(),
  releasedAmount: anyAmount
    .optional()
    .meta({ description: 'the tenge that this reversal released, where it found something' }),
  heldAmount: anyAmount.optional().meta({ description: 'the tenge that are still held' }),
})
export type ReversalAnswer = z.output<typeof reversalAnswer>

/** The exact bytes of a reversal's answer. */
export function renderReversal(reversal: {
  readonly id: ReversalId
  readonly outcome: ReversalOutcome
  readonly authorizationId: AuthorizationId | undefined
  /** In tiyn; absent where no authorization was found that had been approved. */
  readonly released?: Amount<'KZT'>
  readonly held?: Amount<'KZT'>
}): string {
  const { released, held } = reversal
  const answer: ReversalAnswer = {
    reversalId: reversal.id,
    responseCode: APPROVED,
    outcome: reversal.outcome,
    ...(reversal.authorizationId && { authorizationId: reversal.authorizationId }),
    ...(released !== undefined && { releasedAmount: fromTenge(released) }),
    ...(held !== undefined && { heldAmount: fromTenge(held) }),
  }
  return JSON.stringify(answer)
}
