import type { ExchangeId } from '@tolem/domain/ids'
import { expect, onTestFinished, test } from 'vitest'
import { createRails } from './compose.ts'
import type { RailCall } from './observed.ts'
import { binanceDialect } from './testing/binance-dialect.ts'
import { bybitDialect } from './testing/bybit-dialect.ts'
import { json } from './testing/dialect.ts'
import { NOW, openRail } from './testing/opened-rail.ts'

const LIMIT = { timeoutMs: 1_000 }
const SPAN = { sentAfter: NOW, sentBefore: NOW }

test('each rail is found under its exchange and name, and no other', async () => {
  const settings = [bybitDialect, binanceDialect].map((one) => one.settings('http://127.0.0.1:1'))
  const rails = createRails(settings, { readSecret: (reference) => reference, now: () => NOW })
  const bybit = 'bybit' as ExchangeId
  expect(rails.railFor(bybit, 'bybit-pay')?.rail).toBe('bybit-pay')
  expect(rails.railFor(bybit, 'binance-subaccount')).toBeUndefined()
  expect(rails.railFor('okx' as ExchangeId, 'bybit-pay')).toBeUndefined()
  await rails.close()
})

test('a secret that cannot be read or a host with a path stops the start', () => {
  const deps = { readSecret: (reference: string) => reference, now: () => NOW }
  const withHost = (host: string) => [bybitDialect.settings(host)]
  expect(() => createRails(withHost('https://api2.bybit.com/v5'), deps)).toThrow(/invalid url/i)
  const readSecret = () => {
    throw new Error('secret env:X is not set')
  }
  const host = 'https://api2.bybit.com'
  expect(() => createRails(withHost(host), { ...deps, readSecret })).toThrow(/env:X/)
})

test('every call is observed with its outcome and duration', async () => {
  const calls: RailCall[] = []
  const { exchange, rail, close } = await openRail(binanceDialect, (call) => calls.push(call))
  onTestFinished(close)
  const { debitOrder, creditOrder } = binanceDialect
  exchange.play(binanceDialect.debited())
  await rail.debit(debitOrder, LIMIT)
  exchange.play(json({ code: -9000, msg: '' }, 400))
  await rail.debit(debitOrder, LIMIT)
  await rail.credit(creditOrder, LIMIT)
  await rail.lookUpCredit(creditOrder, SPAN)
  exchange.play(binanceDialect.debitNotFound)
  await rail.lookUpDebit(debitOrder, SPAN)
  await rail.balances(debitOrder, LIMIT)
  expect(calls.map(({ call, outcome }) => [call, outcome])).toEqual([
    ['debit', 'debited'],
    ['debit', 'insufficient_funds'],
    ['credit', 'rejected'],
    ['lookUpCredit', 'unknown'],
    ['lookUpDebit', 'not_found'],
    ['balances', 'unavailable'],
  ])
  for (const { exchange: id, rail: name, seconds } of calls) {
    expect([id, name]).toEqual(['binance', 'binance-subaccount'])
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThan(1)
  }
})

test('closing lets a debit under way have its answer, and later calls are refused unsent', async () => {
  const { exchange, rail, close } = await openRail(bybitDialect)
  exchange.play(bybitDialect.debited())
  const debit = rail.debit(bybitDialect.debitOrder, LIMIT)
  const closed = close()
  expect(await debit).toMatchObject({ kind: 'debited' })
  await closed
  const late = await rail.debit(bybitDialect.debitOrder, LIMIT)
  expect(late).toMatchObject({ kind: 'rejected', reason: 'exchange_unavailable' })
  expect(exchange.seen).toHaveLength(1)
})
