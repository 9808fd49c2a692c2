import type { BankId } from '@tolem/domain/ids'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSeats } from './seats.ts'

const [noisy, quiet, third] = ['noisy', 'quiet', 'third'] as BankId[] as [BankId, BankId, BankId]

test('one bank alone may have every seat', () => {
  const seats = createSeats(() => 10)
  for (let left = 10; left > 0; left -= 1) expect(seats.take(noisy, 'request')).toBe(true)
  expect(seats.take(noisy, 'request')).toBe(false)
})

test('a quiet bank is seated although a noisy one has taken all', () => {
  const seats = createSeats(() => 10)
  for (let left = 10; left > 0; left -= 1) seats.take(noisy, 'request')
  for (let left = 5; left > 0; left -= 1) expect(seats.take(quiet, 'request')).toBe(true)
  expect(seats.take(quiet, 'request')).toBe(false)
  // A third one shares with both.
  for (let left = 4; left > 0; left -= 1) expect(seats.take(third, 'request')).toBe(true)
  // And the noisy one waits until the sum is below the limit again.
  seats.leave(noisy)
  expect(seats.take(noisy, 'request')).toBe(false)
})

test('what has happened is still taken on while requests are turned away', () => {
  const seats = createSeats(() => 10)
  for (let left = 10; left > 0; left -= 1) seats.take(noisy, 'request')
  expect(seats.isFree(noisy, 'request')).toBe(false)
  expect(seats.take(noisy, 'notice')).toBe(true)
})

test('however they come and go: bounded, no bank below its equal share is turned away, none is lost', () => {
  const banks = ['a', 'b', 'c', 'd', 'e'] as BankId[]
  const step = fc.record({ bank: fc.constantFrom(...banks), comes: fc.boolean() })
  fc.assert(
    fc.property(
      fc.integer({ min: 5, max: 40 }),
      fc.array(step, { maxLength: 300 }),
      (limit, steps) => {
        const seats = createSeats(() => limit)
        const taken = new Map<BankId, number>()
        const of = (bank: BankId) => taken.get(bank) ?? 0
        for (const { bank, comes } of steps) {
          if (!comes) {
            if (of(bank) === 0) continue
            seats.leave(bank)
            taken.set(bank, of(bank) - 1)
          } else if (seats.take(bank, 'request')) taken.set(bank, of(bank) + 1)
          else expect(of(bank)).toBeGreaterThanOrEqual(Math.floor(limit / banks.length))
          const sum = banks.reduce((all, each) => all + of(each), 0)
          expect(seats.taken()).toBe(sum)
          expect(sum).toBeLessThanOrEqual(limit * 2)
        }
      },
    ),
  )
})
