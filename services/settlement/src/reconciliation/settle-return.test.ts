import type { ClaimedReturn, Returns } from '@tolem/authorizations/returns'
import type { ExchangeId, MovementReference } from '@tolem/domain/ids'
import type { LookUpResult } from '@tolem/domain/movement'
import type { CallLimit, LookUpSpan, RailPort } from '@tolem/exchanges/port'
import { timeLeft } from '@tolem/exchanges/time-left'
import { amountOf } from '@tolem/money/amount'
import { createLogger } from '@tolem/telemetry/logger'
import { createMetrics } from '@tolem/telemetry/metrics'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createMeters } from '../meters.ts'
import { createScriptedExchange } from '../testing/scripted-exchange.ts'
import { createReconciliationMeters } from './meters.ts'
import { settleReturn } from './settle-return.ts'

const NOW = Date.UTC(2026, 10, 22, 10)
const HOUR_MS = 3_600_000
const AT = { exchange: 'x' as ExchangeId, rail: 'binance-subaccount' } as const

const CREDIT: ClaimedReturn = {
  ...AT,
  order: {
    reference: 'tmo010000000000000000000000004' as MovementReference,
    debitReference: 'tmd010000000000000000000000004' as MovementReference,
    wallet: { ...AT, walletId: 'w', assets: ['USDT'] },
    asset: 'USDT',
    amount: amountOf('USDT', 5n),
  },
  debitedAt: NOW - 3 * HOUR_MS,
  state: 'intended',
  createdAt: NOW,
  validUntil: NOW,
  claimedAt: NOW,
  attempts: 1,
  epoch: 1,
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW })
})

afterEach(() => {
  vi.useRealTimers()
})

/** Of the wall's clock alone, as where the whole machine stood still. */
const stopFor = (ms: number) => vi.setSystemTime(Date.now() + ms)

/** Settles the credit, and gives what the rail was asked and what was put off and counted. */
async function settle(change: Partial<Returns> = {}, found: LookUpResult = { kind: 'not_found' }) {
  const metrics = createMetrics('settlement')
  const asked: { spans: LookUpSpan[]; limits: CallLimit[] } = { spans: [], limits: [] }
  const deferred: unknown[] = []
  const rail: RailPort = {
    ...createScriptedExchange({ ...AT, isResendSafe: false, notFoundIsFinalAfterMs: 100 }),
    lookUpCredit: (_order, span) => {
      asked.spans.push(span)
      return Promise.resolve(found)
    },
    credit: (_order, limit) => {
      asked.limits.push(limit)
      return Promise.resolve({ kind: 'credited', exchangeReference: '1' })
    },
  }
  const returns: Returns = {
    claim: () => Promise.resolve([]),
    send: () => Promise.resolve({ kind: 'recorded' }),
    execute: () => Promise.resolve({ kind: 'recorded' }),
    defer: (_credit, deferral) => {
      deferred.push(deferral)
      return Promise.resolve({ kind: 'deferred', newlyEscalated: true })
    },
    ...change,
  }
  const deps = {
    returns,
    meters: { ...createMeters(metrics), ...createReconciliationMeters(metrics) },
    logger: createLogger({ service: 'settlement', level: 'silent' }),
    random: () => 0,
    backoff: { firstMs: 1, longestMs: 1 },
    creditTimeoutMs: 5_000,
    leaseMs: 10_000,
  }
  await settleReturn(deps, CREDIT, rail)
  return { ...asked, deferred, counted: (await metrics.expose()).text }
}

test('what an earlier database sent is looked for from the debit on', async () => {
  const { spans } = await settle()
  expect(spans[0]?.sentAfter).toBeLessThanOrEqual(CREDIT.debitedAt)
})

test('what was stopped between the record of a sending and the sending is not sent', async () => {
  const { limits, deferred } = await settle({
    send: () => {
      stopFor(4_990)
      return Promise.resolve({ kind: 'recorded' })
    },
  })
  expect(limits).toEqual([])
  expect(deferred).toMatchObject([{ state: 'in_doubt', detail: 'too late to be sent' }])
})

test('the validity of a sending ends with its record, however long it waits to be signed', async () => {
  const { limits } = await settle()
  expect(limits).toHaveLength(1)
  stopFor(5_001)
  expect(limits.map(timeLeft).every((left) => left < 0)).toBe(true)
})

test('what needs a person, and a result that came too late, are counted', async () => {
  const contradicted = { kind: 'contradicted', detail: 'another amount' } as const
  const escalated = await settle({}, contradicted)
  expect(escalated.counted).toMatch(/settlement_escalations_total\{.*"return".*\} 1/)
  const lost = () => Promise.resolve({ kind: 'claim_lost' } as const)
  for (const [change, found] of [
    [{ defer: lost }, contradicted],
    [{ send: lost }, { kind: 'not_found' }],
    [{ execute: lost }, { kind: 'executed', exchangeReference: '1' }],
  ] as const)
    expect((await settle(change, found)).counted).toMatch(
      /settlement_claims_lost_total\{.*"return".*\} 1/,
    )
})
