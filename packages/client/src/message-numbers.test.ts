import type { BankId } from '@tolem/domain/ids'
import { parseAuthorization } from '@tolem/wire/request'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMessageNumbers } from './message-numbers.ts'

const purchase = {
  type: 'purchase',
  cardToken: 'card_rich',
  transactionAmount: { value: '12500.00', currency: 'KZT' },
  acquirerId: '400001',
  terminal: { id: 'T1', type: 'pos', entryMode: 'contactless' },
  merchant: { id: 'M1', name: 'Magnum', city: 'Almaty', country: 'KZ', categoryCode: '5411' },
}
const AFTERNOON = Date.parse('2026-11-22T10:04:05.678Z')

test('numbers a message as a terminal in Almaty does', () => {
  const next = createMessageNumbers({ now: () => AFTERNOON, firstNumber: 41 })
  expect(next()).toEqual({
    systemTraceAuditNumber: '000042',
    retrievalReferenceNumber: '632615000042',
    localDateTime: '2026-11-22T15:04:05',
    transmittedAt: '2026-11-22T10:04:05.678Z',
  })
})

test('takes the day and the year from the clocks of Almaty', () => {
  const next = createMessageNumbers({
    now: () => Date.parse('2027-12-31T19:30:00Z'),
    firstNumber: 0,
  })
  expect(next()).toMatchObject({
    localDateTime: '2028-01-01T00:30:00',
    retrievalReferenceNumber: '800100000001',
  })
})

test('never gives one number twice in a run, even when the clock stands still', () => {
  const firstNumber = fc.integer({ min: 0, max: 999_998 })
  fc.assert(
    fc.property(firstNumber, fc.integer({ min: 1, max: 400 }), (first, count) => {
      const next = createMessageNumbers({ now: () => AFTERNOON, firstNumber: first })
      const given = Array.from({ length: count }, () => next().retrievalReferenceNumber)
      expect(new Set(given).size).toBe(count)
    }),
  )
})

test('numbers purchases so that the API takes them, whatever the time and the number', () => {
  const instant = fc.date({
    min: new Date('2026-01-01T00:00:00Z'),
    max: new Date('2035-12-31T00:00:00Z'),
    noInvalidDate: true,
  })
  fc.assert(
    fc.property(instant, fc.nat(), (now, firstNumber) => {
      const next = createMessageNumbers({ now: () => now.getTime(), firstNumber })
      const body = { ...purchase, ...next() }
      const parsed = parseAuthorization('halyk' as BankId, Buffer.from(JSON.stringify(body)))
      expect(parsed).toMatchObject({ ok: true })
    }),
  )
})
