import type { ClaimedCredit, ClaimedDebit } from '@tolem/authorizations/movements'
import type { MovementCapabilities } from '@tolem/domain/movement'
import { expect, test } from 'vitest'
import { nextForCredit, nextForDebit } from './next-step.ts'

const CAPABILITIES = {
  reference: { kind: 'undocumented' },
  hasValidityWindow: true,
  notFoundIsFinalAfterMs: 31_000,
} as const
const VALID_UNTIL = Date.UTC(2026, 10, 22, 10)

function claimedAfter(ms: number): ClaimedDebit & ClaimedCredit {
  const claimed = {
    createdAt: VALID_UNTIL,
    validUntil: VALID_UNTIL,
    claimedAt: VALID_UNTIL + ms,
  }
  // Only the instants count here.
  return claimed as unknown as ClaimedDebit & ClaimedCredit
}

test.for([nextForDebit, nextForCredit])(
  'what was not found is asked again no later than when that is final',
  (next) => {
    const step = next({ kind: 'not_found' }, claimedAfter(30_400), CAPABILITIES)
    expect(step).toMatchObject({ kind: 'wait', state: 'in_doubt', finalInMs: 600 })
  },
)

test('where requests of any age are executed, what is not found stays for a person, however old it is', () => {
  const unbounded = { ...CAPABILITIES, hasValidityWindow: false }
  for (const next of [nextForDebit, nextForCredit])
    expect(next({ kind: 'not_found' }, claimedAfter(86_400_000), unbounded)).toMatchObject({
      kind: 'wait',
      state: 'in_doubt',
      isForPerson: true,
    })
})

test('what is not found when that is final never happened', () => {
  const found = { kind: 'not_found' } as const
  expect(nextForDebit(found, claimedAfter(31_000), CAPABILITIES)).toMatchObject({ kind: 'refuse' })
  expect(nextForCredit(found, claimedAfter(31_000), CAPABILITIES)).toEqual({
    kind: 'send',
    isAlone: true,
  })
})

const FOUND = {
  executed: { kind: 'executed', exchangeReference: 'x1' },
  refused: { kind: 'refused', detail: 'FAILED' },
  contradicted: { kind: 'contradicted', detail: 'another amount' },
  unknown: { kind: 'unknown', detail: 'HTTP 502' },
} as const

test('only a certain end ends a debit, and a contradiction is for a person', () => {
  const next = (found: keyof typeof FOUND) =>
    nextForDebit(FOUND[found], claimedAfter(86_400_000), CAPABILITIES)
  expect(next('executed')).toEqual({ kind: 'execute', exchangeReference: 'x1' })
  expect(next('refused')).toEqual({ kind: 'refuse', detail: 'FAILED' })
  const wait = { kind: 'wait', state: 'in_doubt' }
  expect(next('contradicted')).toMatchObject({ ...wait, isForPerson: true })
  expect(next('unknown')).toMatchObject({ ...wait, isForPerson: false })
})

test('only an execution ends a credit: one that was refused is sent again', () => {
  const next = (found: keyof typeof FOUND) =>
    nextForCredit(FOUND[found], claimedAfter(86_400_000), CAPABILITIES)
  expect(next('executed')).toEqual({ kind: 'execute', exchangeReference: 'x1' })
  expect(next('refused')).toMatchObject({ kind: 'wait', state: 'intended', isForPerson: false })
  expect(next('contradicted')).toMatchObject({ kind: 'wait', isForPerson: true })
  expect(next('unknown')).toMatchObject({ kind: 'wait', state: 'in_doubt' })
})

test('a credit is sent again before "not found" is final only where its reference is known for so long', () => {
  const next = (reference: MovementCapabilities['reference']) => {
    const capabilities = { ...CAPABILITIES, reference }
    return nextForCredit({ kind: 'not_found' }, claimedAfter(30_000), capabilities).kind
  }
  expect(next({ kind: 'for_ever' })).toBe('send')
  expect(next({ kind: 'for_window', windowMs: 30_001 })).toBe('send')
  expect(next({ kind: 'for_window', windowMs: 30_000 })).toBe('wait')
  expect(next({ kind: 'while_open' })).toBe('wait')
  expect(next({ kind: 'undocumented' })).toBe('wait')
})
