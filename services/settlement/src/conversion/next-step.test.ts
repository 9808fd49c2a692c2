import type { ConversionFill, ConversionLookUp } from '@tolem/domain/conversion'
import { amountOf } from '@tolem/money/amount'
import { expect, test } from 'vitest'
import { nextForConversion, type SentConversion } from './next-step.ts'

const FIRST_AT = Date.UTC(2026, 10, 22, 10)
const FINAL_MS = 30_000
const VALID_MS = 5_000

const SPOT = { reference: { kind: 'while_open' }, notFoundIsFinalAfterMs: FINAL_MS } as const
const QUOTES = { reference: { kind: 'for_ever' }, notFoundIsFinalAfterMs: FINAL_MS } as const
const FILL: ConversionFill = {
  exchangeReference: 'x',
  amount: amountOf('USDT', 100n),
  worth: amountOf('KZT', 470n),
  fees: [],
}

function claimedAfter(ms: number, expiresAfterMs?: number): SentConversion {
  const expiry = expiresAfterMs === undefined ? {} : { expiresAt: FIRST_AT + expiresAfterMs }
  const claimed = {
    order: { amount: amountOf('USDT', 100n) },
    claimedAt: FIRST_AT + ms,
    sent: {
      ticket: { text: 't', ...expiry },
      firstAt: FIRST_AT,
      validUntil: FIRST_AT + VALID_MS,
      sendings: 1,
    },
  }
  // Only these count here.
  return claimed as unknown as SentConversion
}

const next = (
  found: ConversionLookUp,
  conversion: SentConversion,
  capabilities: typeof SPOT | typeof QUOTES = SPOT,
) => nextForConversion(found, conversion, capabilities)
const NOT_FOUND = { kind: 'not_found' } as const

test('a reference that is known only while the order is open is never used twice', () => {
  for (const ms of [0, VALID_MS, VALID_MS + FINAL_MS - 1])
    expect(next(NOT_FOUND, claimedAfter(ms))).toMatchObject({
      kind: 'wait',
      state: 'in_doubt',
      finalInMs: VALID_MS + FINAL_MS - ms,
    })
  expect(next(NOT_FOUND, claimedAfter(VALID_MS + FINAL_MS))).toMatchObject({
    kind: 'refuse',
    refusal: 'not_found',
  })
})

test('a quote that the exchange knows for ever is executed again, until it ends', () => {
  expect(next(NOT_FOUND, claimedAfter(1_000, 10_000), QUOTES)).toEqual({ kind: 'resend' })
  expect(next(NOT_FOUND, claimedAfter(10_000, 10_000), QUOTES)).toMatchObject({ kind: 'wait' })
})

test('what was filled is posted, but never more than was ordered', () => {
  const conversion = claimedAfter(0)
  expect(next({ kind: 'filled', fill: FILL }, conversion)).toEqual({ kind: 'fill', fill: FILL })
  const more = { ...FILL, amount: amountOf('USDT', 101n) }
  expect(next({ kind: 'filled', fill: more }, conversion)).toMatchObject({ isForPerson: true })
  const none = { ...FILL, amount: amountOf('USDT', 0n) }
  expect(next({ kind: 'filled', fill: none }, conversion)).toMatchObject({ kind: 'refuse' })
})

test('that an exchange cannot be asked says nothing about the order', () => {
  const rejected = { kind: 'rejected', detail: '' } as const
  expect(next({ ...rejected, reason: 'exchange_unavailable' }, claimedAfter(0))).toMatchObject({
    kind: 'wait',
    state: 'in_doubt',
  })
  expect(next({ ...rejected, reason: 'exchange_refused' }, claimedAfter(0))).toMatchObject({
    kind: 'refuse',
    refusal: 'exchange_refused',
  })
})

test('what contradicts our order is for a person', () => {
  const found = { kind: 'contradicted', detail: 'another asset' } as const
  expect(next(found, claimedAfter(0))).toMatchObject({ kind: 'wait', isForPerson: true })
})
