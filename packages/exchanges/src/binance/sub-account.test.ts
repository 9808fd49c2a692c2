import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MovementReference } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import { expect, onTestFinished, test } from 'vitest'
import { binanceDialect } from '../testing/binance-dialect.ts'
import { json } from '../testing/dialect.ts'
import { NOW, openRail } from '../testing/opened-rail.ts'
import type { Reply, SeenRequest } from '../testing/scripted-exchange.ts'

const { debitOrder, creditOrder } = binanceDialect
const LIMIT = { timeoutMs: 1_000 }
const MINUTE = 60_000
const SPAN = { sentAfter: NOW - 1_000, sentBefore: NOW }

const played = (reply: Reply) => (typeof reply === 'object' && 'body' in reply ? reply.body : '')

async function opened() {
  const { exchange, rail, close } = await openRail(binanceDialect)
  onTestFinished(close)
  const asked = () =>
    exchange.seen.map(({ method, path, query, body }) => {
      const { signature, ...parameters } = Object.fromEntries(new URLSearchParams(query))
      expect(signature).toMatch(/^[0-9a-f]{64}$/)
      expect(body).toBe('')
      return [`${method} ${path}`, parameters]
    })
  return { exchange, rail, asked }
}

const CUSTOMER = 'customer+1@tolem.example'
const fresh = { recvWindow: '1000', timestamp: String(NOW) }

test('a debit and a credit move exactly our amount between the customer and the master account', async () => {
  const { exchange, rail, asked } = await opened()
  exchange.play(binanceDialect.debited())
  await rail.debit(debitOrder, LIMIT)
  await rail.credit(creditOrder, LIMIT)
  const common = {
    fromAccountType: 'SPOT',
    toAccountType: 'SPOT',
    asset: 'ETH',
    amount: '0.01234000',
    ...fresh,
  }
  const call = 'POST /sapi/v1/sub-account/universalTransfer'
  expect(asked()).toEqual([
    [call, { fromEmail: CUSTOMER, clientTranId: debitOrder.reference, ...common }],
    [call, { toEmail: CUSTOMER, clientTranId: creditOrder.reference, ...common }],
  ])
})

test('look-ups filter by the customer’s side and span the time of sending, at most seven days', async () => {
  const { exchange, rail, asked } = await opened()
  exchange.play(binanceDialect.debitNotFound)
  await rail.lookUpDebit(debitOrder, { sentAfter: NOW - 1_500.5, sentBefore: NOW - 0.5 })
  await rail.lookUpCredit(creditOrder, { sentAfter: 0, sentBefore: NOW })
  const call = 'GET /sapi/v1/sub-account/universalTransfer'
  const window = { page: '1', limit: '500', recvWindow: '5000', timestamp: String(NOW) }
  expect(asked()).toEqual([
    [
      call,
      {
        fromEmail: CUSTOMER,
        clientTranId: debitOrder.reference,
        startTime: String(NOW - 1_501 - 5 * MINUTE),
        endTime: String(NOW + 5 * MINUTE),
        ...window,
      },
    ],
    [
      call,
      {
        toEmail: CUSTOMER,
        clientTranId: creditOrder.reference,
        startTime: String(-5 * MINUTE),
        endTime: String(7 * 24 * 60 * MINUTE - 5 * MINUTE),
        ...window,
      },
    ],
  ])
})

test('the published history is read, and a transfer out of futures is not taken for ours', async () => {
  const { exchange, rail } = await opened()
  const file = join(import.meta.dirname, '../samples/binance-transfer-history.json')
  exchange.play(json(readFileSync(file, 'utf8')))
  const span = { sentAfter: 1_640_317_374_000, sentBefore: 1_640_317_374_000 }
  const named = { ...debitOrder, reference: 'test' as MovementReference }
  expect(await rail.lookUpDebit(named, span)).toMatchObject({ kind: 'contradicted' })
  expect(await rail.lookUpDebit(debitOrder, span)).toMatchObject({ kind: 'unknown' })
})

test('a history in pages is read to its end, and one that does not end proves nothing', async () => {
  const { exchange, rail, asked } = await opened()
  const pagesAsked = () => asked().map(([, parameters]) => (parameters as { page: string }).page)
  const [own] = JSON.parse(String(played(binanceDialect.debitFound()))).result
  const others = Array.from({ length: 500 }, (_, index) => ({ ...own, clientTranId: `t${index}` }))
  const page = (result: readonly object[], totalCount: number) => json({ result, totalCount })
  const isFirst = ({ query }: SeenRequest) => query.includes('&page=1&')
  exchange.play((request) => page(isFirst(request) ? others : [own], 501))
  expect(await rail.lookUpDebit(debitOrder, SPAN)).toMatchObject({ kind: 'executed' })
  expect(pagesAsked()).toEqual(['1', '2'])
  exchange.play((request) => page([{ ...own, tranId: isFirst(request) ? 1 : 2 }], 2))
  expect(await rail.lookUpDebit(debitOrder, SPAN)).toMatchObject({ kind: 'contradicted' })
  exchange.play(page(others, 9_999))
  expect(await rail.lookUpDebit(debitOrder, SPAN)).toMatchObject({ kind: 'unknown' })
  expect(pagesAsked()).toEqual(['1', '2', '1', '2', '1', '2', '3', '4'])
})

test('balances are what is free of the wallet’s assets, in the cardholder’s order, in whole steps', async () => {
  const { exchange, rail, asked } = await opened()
  const balance = (asset: string, free: string) => ({
    freeze: '1',
    withdrawing: '2',
    asset,
    free,
    locked: '3',
  })
  const balances = [balance('ADA', '10000'), balance('USDT', '10.5'), balance('ETH', '0.123456789')]
  exchange.play(json({ balances }))
  expect(await rail.balances(debitOrder, LIMIT)).toEqual({
    ok: true,
    value: [
      { asset: 'ETH', amount: amountOf('ETH', 123_456_780_000_000_000n) },
      { asset: 'USDT', amount: amountOf('USDT', 1_050_000_000n) },
    ],
  })
  expect(asked()).toEqual([['GET /sapi/v4/sub-account/assets', { email: CUSTOMER, ...fresh }]])
})

test('balances that are JSON numbers are read without loss', async () => {
  const { exchange, rail } = await opened()
  exchange.play(json('{"balances":[{"asset":"USDT","free":50300000001.44911105}]}'))
  expect(await rail.balances(debitOrder, LIMIT)).toEqual({
    ok: true,
    value: [{ asset: 'USDT', amount: amountOf('USDT', 5_030_000_000_144_911_105n) }],
  })
})
