import type { ClaimedCredit, ClaimedDebit } from '@tolem/authorizations/movements'
import type { LookUpResult } from '@tolem/domain/movement'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { delayAfter } from './backoff.ts'
import { nextForCredit, nextForDebit } from './next-step.ts'

const debitAt = (validUntil: number, claimedAt: number) =>
  ({ kind: 'debit', validUntil, claimedAt }) as ClaimedDebit
const creditAt = (validUntil: number, claimedAt: number) =>
  ({ kind: 'credit', validUntil, claimedAt }) as ClaimedCredit

const FINAL_AFTER_MS = 100
const UNSAFE = { isResendSafe: false, notFoundIsFinalAfterMs: FINAL_AFTER_MS }
const SAFE = { ...UNSAFE, isResendSafe: true }

const detail = fc.string()
const found: fc.Arbitrary<LookUpResult> = fc.oneof(
  fc.record({ kind: fc.constant('executed' as const), exchangeReference: fc.string() }),
  fc.record({ kind: fc.constant('refused' as const), detail }),
  fc.record({ kind: fc.constant('not_found' as const) }),
  fc.record({ kind: fc.constant('contradicted' as const), detail }),
  fc.record({ kind: fc.constant('unknown' as const), detail }),
)
const times = fc.record({ validUntil: fc.nat(1_000), claimedAt: fc.nat(2_000) })

test('a debit is refused only by a plain refusal or by a "not found" that is final', () => {
  fc.assert(
    fc.property(found, times, (found, { validUntil, claimedAt }) => {
      const step = nextForDebit(found, debitAt(validUntil, claimedAt), UNSAFE)
      const isFinal = claimedAt >= validUntil + FINAL_AFTER_MS
      const isCertain = found.kind === 'refused' || (found.kind === 'not_found' && isFinal)
      expect(step.kind === 'refuse').toBe(isCertain)
      expect(step.kind === 'execute').toBe(found.kind === 'executed')
    }),
  )
})

test('a credit is sent again only when it was not found, and that is final or resending is safe', () => {
  fc.assert(
    fc.property(found, times, fc.boolean(), (found, { validUntil, claimedAt }, isResendSafe) => {
      const capabilities = isResendSafe ? SAFE : UNSAFE
      const step = nextForCredit(found, creditAt(validUntil, claimedAt), capabilities)
      const isFinal = claimedAt >= validUntil + FINAL_AFTER_MS
      const maySend = found.kind === 'not_found' && (isFinal || isResendSafe)
      expect(step.kind === 'send').toBe(maySend)
      if (step.kind === 'send') expect(step.isAlone).toBe(isFinal)
    }),
  )
})

test('what the exchange contradicts waits for a person, whatever the rail promises', () => {
  const contradicted = { kind: 'contradicted', detail: 'another amount' } as const
  for (const step of [
    nextForDebit(contradicted, debitAt(0, 1_000), SAFE),
    nextForCredit(contradicted, creditAt(0, 1_000), SAFE),
  ])
    expect(step).toMatchObject({ kind: 'wait', state: 'in_doubt', isForPerson: true })
})

test('delays double up to the longest, and half of each is chance', () => {
  const backoff = { firstMs: 250, longestMs: 30_000 }
  expect([1, 2, 3, 8, 9, 5_000].map((attempts) => delayAfter(attempts, backoff, 0.999999))).toEqual(
    [250, 500, 1_000, 30_000, 30_000, 30_000],
  )
  expect(delayAfter(2, backoff, 0)).toBe(250)
})
