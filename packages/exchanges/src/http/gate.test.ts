import { expect, test } from 'vitest'
import { createGate } from './gate.ts'

const LIMITS = { concurrentCalls: 100, debitsPerSecond: 4, lookUpsPerSecond: 1 }

test('credits draw on the debits’ rate only while half of it is left', () => {
  const gate = createGate(LIMITS, () => 0)
  const credits = [1, 2, 3].map(() => gate.enter('credit') === undefined)
  expect(credits).toEqual([true, true, false])
  const debits = [1, 2, 3].map(() => gate.enter('debit') === undefined)
  expect(debits).toEqual([true, true, false])
})

test('the rate refills steadily, and never beyond one second’s worth', () => {
  let now = 0
  const gate = createGate(LIMITS, () => now)
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
  const gate = createGate({ ...LIMITS, debitsPerSecond: 1 }, () => now)
  expect(gate.enter('debit')).toBeUndefined()
  now = 0
  expect(gate.enter('debit')).toBeDefined()
  now = 1_000
  expect(gate.enter('debit')).toBeUndefined()
})

test('a rate below one a second still lets one call out', () => {
  let now = 0
  const gate = createGate({ ...LIMITS, debitsPerSecond: 0.5 }, () => now)
  expect(gate.enter('credit')).toBeUndefined()
  now = 1_999
  expect(gate.enter('debit')).toBeDefined()
  now = 2_000
  expect(gate.enter('debit')).toBeUndefined()
})

test('a shorter pause never cuts a longer one', () => {
  let now = 0
  const gate = createGate(LIMITS, () => now)
  gate.pause(5_000)
  gate.pause(1_000)
  now = 4_999
  expect(gate.enter('debit')).toBeDefined()
  now = 5_000
  expect(gate.enter('debit')).toBeUndefined()
})

test('look-ups and credits hold at most half of the calls, and a call that ended makes room', () => {
  const limits = { concurrentCalls: 4, debitsPerSecond: 100, lookUpsPerSecond: 100 }
  const gate = createGate(limits, () => 0)
  expect([gate.enter('look_up'), gate.enter('credit')]).toEqual([undefined, undefined])
  expect(gate.enter('look_up')).toBeDefined()
  expect([gate.enter('debit'), gate.enter('debit')]).toEqual([undefined, undefined])
  expect(gate.enter('debit')).toBeDefined()
  gate.leave()
  expect(gate.enter('look_up')).toBeDefined()
  expect(gate.enter('debit')).toBeUndefined()
})
