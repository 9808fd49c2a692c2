import { expect, test } from 'vitest'
import { createGate } from './gate.ts'

const LIMITS = { concurrentCalls: 100, debitsPerSecond: 4, lookUpsPerSecond: 1 }

test('credits draw on the debits’ rate only while half of it is left', () => {
  const gate = createGate({ limits: LIMITS, now: () => 0 })
  const credits = [1, 2, 3].map(() => gate.enter('credit') === undefined)
  expect(credits).toEqual([true, true, false])
  const debits = [1, 2, 3].map(() => gate.enter('debit') === undefined)
  expect(debits).toEqual([true, true, false])
})

test('the rate refills steadily, and never beyond one second’s worth', () => {
  let now = 0
  const gate = createGate({ limits: LIMITS, now: () => now })
  const admitted = () => {
    let count = 0
    while (gate.enter('debit') === undefined) count += 1
    return count
  }
  expect(admitted()).toBe(4)
  now = 250
  expect(admitted()).toBe(1)
  now = 60_000
  expect(admitted()).toBe(4)
})

test('a clock that is set back gives nothing away and takes nothing', () => {
  let now = 1_000
  const gate = createGate({ limits: { ...LIMITS, debitsPerSecond: 1 }, now: () => now })
  expect(gate.enter('debit')).toBeUndefined()
  now = 0
  expect(gate.enter('debit')).toBeDefined()
  now = 1_000
  expect(gate.enter('debit')).toBeUndefined()
})

test('a rate below one a second still lets one call out', () => {
  let now = 0
  const gate = createGate({ limits: { ...LIMITS, debitsPerSecond: 0.5 }, now: () => now })
  expect(gate.enter('credit')).toBeUndefined()
  now = 1_999
  expect(gate.enter('debit')).toBeDefined()
  now = 2_000
  expect(gate.enter('debit')).toBeUndefined()
})

test('a shorter pause never cuts a longer one', () => {
  let now = 0
  const gate = createGate({ limits: LIMITS, now: () => now })
  gate.pause(5_000)
  gate.pause(1_000)
  now = 4_999
  expect(gate.enter('debit')).toBeDefined()
  now = 5_000
  expect(gate.enter('debit')).toBeUndefined()
})

test('look-ups and credits hold at most half of the calls, and a call that ended makes room', () => {
  const limits = { concurrentCalls: 4, debitsPerSecond: 100, lookUpsPerSecond: 100 }
  const gate = createGate({ limits, now: () => 0 })
  expect([gate.enter('look_up'), gate.enter('credit')]).toEqual([undefined, undefined])
  expect(gate.enter('look_up')).toBeDefined()
  expect([gate.enter('debit'), gate.enter('debit')]).toEqual([undefined, undefined])
  expect(gate.enter('debit')).toBeDefined()
  gate.leave()
  expect(gate.enter('look_up')).toBeDefined()
  expect(gate.enter('debit')).toBeUndefined()
})

test('every debit can be followed up thrice, whatever look-ups take, and no more', () => {
  const limits = { concurrentCalls: 4, debitsPerSecond: 1, lookUpsPerSecond: 1 }
  const gate = createGate({ limits, now: () => 0 })
  expect([gate.enter('look_up'), gate.enter('debit')]).toEqual([undefined, undefined])
  const followUps = [1, 2, 3, 4].map(() => {
    const refusal = gate.enter('follow_up')
    if (refusal === undefined) gate.leave()
    return refusal
  })
  expect(followUps).toEqual([undefined, undefined, undefined, expect.stringMatching(/used up/)])
})

test('what the exchange says of its budget overrules our count until it is whole again', () => {
  let now = 0
  const gate = createGate({ limits: { ...LIMITS, debitsPerSecond: 100 }, now: () => now })
  gate.learn('debit', { share: 0.05, resetsAt: 1_000 })
  expect(gate.budgetLeft()).toBe(0.05)
  expect(gate.enter('debit')).toBeUndefined()
  expect(gate.enter('credit')).toMatch(/used up/)
  expect(gate.enter('look_up')).toBeUndefined()
  gate.learn('debit', { share: 0, resetsAt: 1_000 })
  expect(gate.enter('debit')).toMatch(/used up/)
  now = 1_000
  expect(gate.enter('debit')).toBeUndefined()
  expect(gate.enter('credit')).toBeUndefined()
})

test('what is full or used up for a moment is not closed', () => {
  const limits = { concurrentCalls: 1, debitsPerSecond: 1, lookUpsPerSecond: 1 }
  const gate = createGate({ limits, now: () => 0 })
  expect(gate.enter('debit')).toBeUndefined()
  expect(gate.enter('debit')).toBeDefined()
  expect(gate.isClosed()).toBe(false)
  gate.pause(1)
  expect(gate.isClosed()).toBe(true)
})

test('look-ups stop first when the exchange’s budget for them runs out', () => {
  const gate = createGate({ limits: LIMITS, now: () => 0 })
  gate.learn('look_up', { share: 0.09, resetsAt: 1_000 })
  expect(gate.enter('look_up')).toMatch(/used up/)
  expect(gate.enter('debit')).toBeUndefined()
})

test('no call leaves during a ban, not even a probe, and none but a probe while the breaker is open', () => {
  let bannedUntil = 1_000
  const breaker = { admits: () => false, state: () => 'open' as const }
  const gate = createGate({
    limits: LIMITS,
    now: () => 500,
    bannedUntil: () => bannedUntil,
    breaker,
  })
  for (const purpose of ['debit', 'credit', 'look_up', 'probe'] as const)
    expect(gate.enter(purpose)).toMatch(/banned/)
  expect(gate.pausedUntil()).toBe(1_000)
  expect(gate.isClosed()).toBe(true)
  bannedUntil = 0
  expect(gate.isClosed()).toBe(true)
  expect(gate.enter('debit')).toMatch(/does not answer/)
  expect(gate.enter('probe')).toBeUndefined()
  expect(gate.pausedUntil()).toBe(0)
})

test('a clock that is set back stops no call that the exchange did not ask us to keep', () => {
  let now = 3_600_000
  const gate = createGate({ limits: LIMITS, now: () => now })
  gate.pause(0)
  now -= 60_000
  expect(gate.pausedUntil()).toBe(0)
  expect(gate.enter('debit')).toBeUndefined()
})

test('a clock that is set back makes a pause and a spent budget begin anew, and never lasts longer', () => {
  let now = 3_600_000
  const gate = createGate({ limits: LIMITS, now: () => now })
  gate.pause(5_000)
  gate.learn('debit', { share: 0, resetsAt: now + 1_000 })
  now = 0
  expect([gate.pausedUntil(), gate.budgetLeft()]).toEqual([5_000, 0])
  now = 1_000
  expect([gate.pausedUntil(), gate.budgetLeft()]).toEqual([5_000, 1])
  now = 5_000
  expect(gate.enter('debit')).toBeUndefined()
})
