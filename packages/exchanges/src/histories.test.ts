import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExchangeId, MovementReference } from '@tolem/domain/ids'
import { afterEach, expect, test } from 'vitest'
import { createRails } from './compose.ts'
import type { HistoryPort } from './history-port.ts'
import type { RailSettings } from './settings.ts'
import { json } from './testing/dialect.ts'
import { NOW } from './testing/opened-rail.ts'
import { type ScriptedExchange, startScriptedExchange } from './testing/scripted-exchange.ts'

const DEBIT = 'tmd010000000000000000000000004' as MovementReference
const CREDIT = 'tmc010000000000000000000000004' as MovementReference
const SPAN = { from: NOW - 60_000, to: NOW }
const FINAL = { notFoundIsFinalAfterMs: 3_000 }

const undo: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step()
})

async function open(
  rail: (host: string) => RailSettings,
): Promise<{ readonly exchange: ScriptedExchange; readonly history: HistoryPort | undefined }> {
  const exchange = await startScriptedExchange()
  const settings = rail(exchange.host)
  const rails = createRails(
    [
      {
        id: 'x' as ExchangeId,
        credentials: { apiKey: 'key', secret: 'secret' },
        receiveWindowMs: 5_000,
        rails: [settings],
        limits: { concurrentCalls: 4, debitsPerSecond: 100, lookUpsPerSecond: 100 },
      },
    ],
    { readSecret: (reference) => reference, now: () => NOW },
  )
  undo.push(() => exchange.close(), rails.close)
  return { exchange, history: rails.historyFor('x' as ExchangeId, settings.rail) }
}

const bybit = (host: string): RailSettings => ({
  ...FINAL,
  rail: 'bybit-subaccount',
  host,
  masterMemberId: '1000',
  accountType: 'FUND',
})
const binance = (host: string): RailSettings => ({
  ...FINAL,
  rail: 'binance-subaccount',
  host,
  accountType: 'SPOT',
  masterEmail: 'master@example.com',
})
const partner = (host: string): RailSettings => ({ ...FINAL, rail: 'partner-transfer', host })

async function readAll(history: HistoryPort | undefined) {
  const pages = []
  let cursor: string | undefined
  do {
    const page = await history?.read(SPAN, cursor)
    if (page?.kind !== 'page') throw new Error(`no page: ${JSON.stringify(page)}`)
    pages.push(page)
    cursor = page.next
  } while (cursor !== undefined)
  return {
    entries: pages.flatMap(({ entries }) => entries),
    unreadable: pages.flatMap(({ unreadable }) => unreadable),
  }
}

const envelope = (result: object) => json({ retCode: 0, retMsg: 'success', result })

test('bybit: reads all pages, tells debits from credits, and leaves out what is not ours', async () => {
  const { exchange, history } = await open(bybit)
  const debit = history?.nameOf(DEBIT) ?? ''
  const row = {
    transferId: `universalTransfer_${debit}_77`,
    coin: 'USDT',
    amount: '12.5',
    timestamp: String(NOW - 1_000),
    status: 'SUCCESS',
    fromAccountType: 'FUND',
    toAccountType: 'FUND',
    fromMemberId: '77',
    toMemberId: '1000',
  }
  const credit = {
    ...row,
    transferId: `universalTransfer_${history?.nameOf(CREDIT)}_1000`,
    status: 'PENDING',
    fromMemberId: '1000',
    toMemberId: '77',
  }
  const broken = { ...row, amount: 'much' }
  const foreign = JSON.parse(
    readFileSync(join(import.meta.dirname, 'samples/bybit-universal-transfer-list.json'), 'utf8'),
  ).result.list
  exchange.play(({ query }) =>
    query.includes('cursor=')
      ? envelope({ list: [credit, broken], nextPageCursor: '' })
      : envelope({ list: [row, ...foreign], nextPageCursor: 'eyJ+/=' }),
  )
  const { entries, unreadable } = await readAll(history)
  const common = { walletId: '77', asset: 'USDT', amount: 1_250_000_000n }
  expect(entries).toEqual([
    {
      ...common,
      name: debit,
      exchangeReference: debit,
      kind: 'debit',
      executedAt: NOW - 1_000,
      state: 'executed',
    },
    expect.objectContaining({ ...common, kind: 'credit', state: 'pending' }),
  ])
  expect(unreadable).toEqual([JSON.stringify(broken)])
  expect(exchange.seen.at(-1)?.query).toContain('cursor=eyJ%2B%2F%3D')
})

test('binance: asks for what came to the master and for what it sent, page by page', async () => {
  const { exchange, history } = await open(binance)
  const record = {
    tranId: 1,
    clientTranId: DEBIT,
    fromEmail: 'a@sub.example',
    toEmail: 'master@example.com',
    asset: 'USDT',
    amount: '1.5',
    createTimeStamp: NOW - 1_000,
    fromAccountType: 'SPOT',
    toAccountType: 'SPOT',
    status: 'SUCCESS',
  }
  const twice = { ...record, tranId: 2 }
  const credit = {
    ...record,
    tranId: 3,
    clientTranId: CREDIT,
    fromEmail: '',
    toEmail: 'a@sub.example',
  }
  const foreign = { ...record, tranId: 4, clientTranId: 'by-hand' }
  exchange.play(({ query }) => {
    if (!query.includes('toEmail=')) return json({ result: [credit, foreign], totalCount: 2 })
    const result = query.includes('page=2') ? [twice] : [record]
    return json({ result, totalCount: 501 })
  })
  const { entries } = await readAll(history)
  expect(
    entries.map(({ kind, name, exchangeReference }) => [kind, name, exchangeReference]),
  ).toEqual([
    ['debit', DEBIT, '1'],
    ['debit', DEBIT, '2'],
    ['credit', CREDIT, '3'],
  ])
  expect(entries.every(({ walletId }) => walletId === 'a@sub.example')).toBe(true)
  expect(exchange.seen).toHaveLength(3)
})

test('binance: has no history where the master account’s e-mail is not named', async () => {
  const { history } = await open((host) => ({ ...binance(host), masterEmail: undefined }))
  expect(history).toBeUndefined()
})

test('partner: reads transfers to the last page', async () => {
  const { exchange, history } = await open(partner)
  const transfer = {
    id: 't-1',
    reference: DEBIT,
    kind: 'debit',
    account: 'acc-1',
    asset: 'USDT',
    amount: '2.50',
    status: 'refused',
    at: NOW - 2_000,
  }
  exchange.play(({ query }) =>
    query.endsWith('&cursor=42')
      ? json({ transfers: [{ ...transfer, kind: 'swap' }] })
      : json({ transfers: [transfer], next: '42' }),
  )
  const { entries, unreadable } = await readAll(history)
  expect(entries).toMatchObject([
    {
      name: DEBIT,
      reference: DEBIT,
      amount: 250_000_000n,
      state: 'refused',
      executedAt: NOW - 2_000,
    },
  ])
  expect(unreadable).toHaveLength(1)
})

test.each([
  ['bybit', bybit, envelope({ list: [], nextPageCursor: 'again' })],
  ['partner', partner, json({ transfers: [], next: 'again' })],
] as const)('%s: a page without rows is the last, whatever it says', async (_name, rail, reply) => {
  const { exchange, history } = await open(rail)
  exchange.play(reply)
  expect(await history?.read(SPAN)).toEqual({ kind: 'page', entries: [], unreadable: [] })
})

test.each([
  ['bybit', bybit],
  ['binance', binance],
  ['partner', partner],
])('%s: an answer that is no list is no empty list', async (_name, rail) => {
  const { exchange, history } = await open(rail)
  for (const reply of [
    json({}),
    json({ list: [] }),
    json({ result: {} }),
    json({ retCode: 10_016, retMsg: 'busy', result: {} }),
    json({ transfers: null }),
    json({ error: 'unavailable' }, 503),
    { status: 200, body: '<html>' },
    { resetAfter: 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"transfers":[' },
  ]) {
    exchange.play(reply)
    expect(await history?.read(SPAN)).toMatchObject({ kind: 'unknown' })
  }
})
