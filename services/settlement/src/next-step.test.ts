import type { ClaimedCredit, ClaimedDebit } from '@tolem/authorizations/movements'
import { expect, test } from 'vitest'
import { nextForCredit, nextForDebit } from './next-step.ts'

const CAPABILITIES = { isResendSafe: false, notFoundIsFinalAfterMs: 31_000 }
const VALID_UNTIL = Date.UTC(2026, 10, 22, 10)

function claimedAfter(ms: number): ClaimedDebit & ClaimedCredit {
  const claimed = { validUntil: VALID_UNTIL, claimedAt: VALID_UNTIL + ms }
  // Only the two instants count here.
  return claimed as unknown as ClaimedDebit & ClaimedCredit
}

test.for([nextForDebit, nextForCredit])(
  'what was not found is asked again no later than when that is final',
  (next) => {
    const step = next({ kind: 'not_found' }, claimedAfter(30_400), CAPABILITIES)
    expect(step).toMatchObject({ kind: 'wait', state: 'in_doubt', finalInMs: 600 })
  },
)

test('what is not found when that is final never happened', () => {
  const found = { kind: 'not_found' } as const
  expect(nextForDebit(found, claimedAfter(31_000), CAPABILITIES)).toMatchObject({ kind: 'refuse' })
  expect(nextForCredit(found, claimedAfter(31_000), CAPABILITIES)).toEqual({
    kind: 'send',
    isAlone: true,
  })
})
