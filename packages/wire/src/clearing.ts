import {
  CLEARING_OUTCOMES,
  type ClearingOutcome,
  type ClearingRequest,
} from '@tolem/domain/clearing'
import type { AuthorizationId, BankId, CardToken, ClearingId } from '@tolem/domain/ids'
import type { Amount } from '@tolem/money/amount'
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
import { originalReference, toNetworkKey, toOriginal } from './original.ts'
import { canonicalAmounts, fingerprintOf } from './request.ts'
import { APPROVED } from './response-codes.ts'

/** The body of `POST /v1/clearings` (0220, and each record of a clearing file). */
export const clearingBody = z.strictObject({
  original: originalReference
    .optional()
    .meta({ description: 'absent for a force post, of which Tolem was never asked' }),
  cardToken,
  clearingAmount: tengeAmount
    .refine((amount) => toTenge(amount) > 0n, { path: ['value'], error: 'more than nothing' })
    .meta({ description: 'DE6: what the acquirer claims by this presentment' }),
  last: z
    .boolean()
    .default(true)
    .meta({ description: 'no further presentment follows: what is still held is released' }),
  ...networkKeyShape,
  terminalId,
  ...transmissionShape,
})

/** What a caller sends. */
export type ClearingBody = z.input<typeof clearingBody>

/** Reads a presentment that `bank` signed. */
export function parseClearing(bank: BankId, bytes: Uint8Array): Parsed<ClearingRequest> {
  const parsed = parseBody(clearingBody, bytes)
  return parsed.ok ? { ok: true, value: toClearing(bank, parsed.value) } : parsed
}

/** A checked body as the rules know it: also for the records of a clearing file, which nobody signs one by one. */
export function toClearing(bank: BankId, body: z.output<typeof clearingBody>): ClearingRequest {
  const { transmittedAt: _, repeat: __, ...meaning } = body
  return {
    bank,
    original: meaning.original && toOriginal(meaning.original),
    cardToken: meaning.cardToken as CardToken,
    amount: toTenge(meaning.clearingAmount),
    isLast: meaning.last,
    networkKey: toNetworkKey(meaning),
    fingerprint: fingerprintOf(canonicalAmounts(meaning)),
  }
}

/** The answer to a presentment. */
export const clearingAnswer = z.strictObject({
  clearingId: z.string(),
  responseCode: z.string().meta({ description: 'DE39, always 00' }),
  outcome: z.enum(CLEARING_OUTCOMES),
  authorizationId: z
    .string()
    .meta({ description: 'of the authorization, or of the force post’s record' }),
  clearedAmount: anyAmount.meta({
    description: 'all of what was presented: it is owed to the bank',
  }),
  fromHoldAmount: anyAmount.meta({ description: 'the part that was held' }),
  exposedAmount: anyAmount.meta({
    description: 'the part that was not, to be collected from the wallet',
  }),
  releasedAmount: anyAmount.meta({ description: 'what was held beyond it and goes back' }),
})
export type ClearingAnswer = z.output<typeof clearingAnswer>

/** The exact bytes of a presentment's answer. Amounts in tiyn. */
export function renderClearing(clearing: {
  readonly id: ClearingId
  readonly authorizationId: AuthorizationId
  readonly outcome: ClearingOutcome
  readonly fromHold: Amount<'KZT'>
  readonly exposed: Amount<'KZT'>
  readonly released: Amount<'KZT'>
  readonly amount: Amount<'KZT'>
}): string {
  const answer: ClearingAnswer = {
    clearingId: clearing.id,
    responseCode: APPROVED,
    outcome: clearing.outcome,
    authorizationId: clearing.authorizationId,
    clearedAmount: fromTenge(clearing.amount),
    fromHoldAmount: fromTenge(clearing.fromHold),
    exposedAmount: fromTenge(clearing.exposed),
    releasedAmount: fromTenge(clearing.released),
  }
  return JSON.stringify(answer)
}
