import type { Finding, KnownMovement } from '@tolem/authorizations/reconciliation'
import type { ExchangeId, MovementReference } from '@tolem/domain/ids'
import type { LookUpResult } from '@tolem/domain/movement'
import { amountOf } from '@tolem/money/amount'
import { expect, test } from 'vitest'
import { passDeps } from '../testing/pass-deps.ts'
import { oneWayPass } from './one-way-pass.ts'
import { momentOf } from './settings.ts'

const NOW = Date.UTC(2026, 10, 22, 10)
const HOUR_MS = 3_600_000
const FROM = NOW - 3 * HOUR_MS
const AT = { exchange: 'x' as ExchangeId, rail: 'bybit-pay' } as const
const EXECUTED = { kind: 'executed', exchangeReference: '1' } as const

function aMovement(index: number): KnownMovement {
  const reference = `tmd01${String(index).padStart(25, '0')}` as MovementReference
  const wallet = { ...AT, walletId: 'w', assets: ['USDT'] } as const
  const order = { reference, wallet, asset: 'USDT', amount: amountOf('USDT', 5n) } as const
  const createdAt = FROM + 1 + index
  return {
    kind: 'debit',
    order: { ...order, debitReference: reference },
    state: 'executed',
    createdAt,
    validUntil: createdAt,
  }
}

/** A pass over these, and what it came to. */
async function passOver(
  all: readonly KnownMovement[],
  change: Parameters<typeof passDeps>[1] = {},
  answer: (index: number) => LookUpResult = () => EXECUTED,
) {
  const findings: Finding[] = []
  const waits: number[] = []
  const loaded: number[] = []
  let asked = 0
  const deps = passDeps(
    {
      over: (_at, { from, to, limit }) => {
        const within = all.filter((known) => momentOf(known) >= from && momentOf(known) <= to)
        loaded.push(Math.min(within.length, limit))
        return Promise.resolve(within.slice(0, limit))
      },
      find: (_at, found) => {
        findings.push(...found)
        return Promise.resolve(found)
      },
    },
    {
      wait: (ms) => {
        waits.push(ms)
        return Promise.resolve(true)
      },
      ...change,
    },
  )
  const lookUpDebit = () => Promise.resolve(answer((asked += 1) - 1))
  const rail = { ...deps.rail, lookUpDebit }
  const mark = { since: FROM, readTo: FROM, now: NOW }
  const readTo = await oneWayPass({ ...deps, rail }, mark)
  return { readTo, findings, waits, loaded, asked }
}

const many = Array.from({ length: 1_000 }, (_, index) => aMovement(index))

test('a pass takes half of the look-ups that the rail has until the next one, and loads no more', async () => {
  const { asked, readTo, waits, loaded } = await passOver(many, { lookUpsPerSecond: 10 })
  expect(asked).toBe(300)
  expect(readTo).toBe(momentOf(aMovement(300)))
  expect(loaded).toEqual([301])
  expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(60_000)
})

test('a rail that allows more look-ups does not fall behind', async () => {
  const { asked, readTo } = await passOver(many, { lookUpsPerSecond: 100 })
  expect(asked).toBe(1_000)
  expect(readTo).toBeGreaterThan(momentOf(aMovement(999)))
})

test('what we did not ask ends the pass without a finding, however old it is', async () => {
  const unsent = { kind: 'unknown', detail: 'not sent: rate used up', isUnsent: true } as const
  const pass = await passOver(many, {}, (index) => (index < 7 ? EXECUTED : unsent))
  expect(pass).toMatchObject({ findings: [], readTo: momentOf(aMovement(7)) })
  expect(pass.asked).toBeLessThan(20)
})

test('what the exchange does not tell for an hour is a finding, and the pass goes on', async () => {
  const { findings, asked } = await passOver(many.slice(0, 20), {}, (index) =>
    index === 7 ? { kind: 'unknown', detail: 'HTTP 502' } : EXECUTED,
  )
  expect(findings).toMatchObject([{ kind: 'unread', name: aMovement(7).order.reference }])
  expect(asked).toBe(20)
})

test('a pass ends where it is when the service closes', async () => {
  const { readTo, asked } = await passOver(many, { wait: () => Promise.resolve(false) })
  expect(readTo).toBe(momentOf(aMovement(asked)))
})
