import { type AddressInfo, createServer, type Socket } from 'node:net'
import { CRYPTO_ASSETS } from '@tolem/money/asset'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createRails, type RailSet } from './compose.ts'
import type { RailPort } from './port.ts'
import type { RailLimits } from './settings.ts'
import { binanceDialect } from './testing/binance-dialect.ts'
import { binancePayDialect } from './testing/binance-pay-dialect.ts'
import { bybitDialect } from './testing/bybit-dialect.ts'
import { bybitSubaccountDialect } from './testing/bybit-subaccount-dialect.ts'
import { type Dialect, json } from './testing/dialect.ts'
import { partnerDialect } from './testing/partner-dialect.ts'
import {
  type Reply,
  type ScriptedExchange,
  startScriptedExchange,
} from './testing/scripted-exchange.ts'

const NOW = 1_767_780_000_000
const LIMIT = { timeoutMs: 2_000 }
const SPAN = { sentAfter: NOW - 1_000, sentBefore: NOW }

/** Answers that no exchange documents, and that may come after the movement as well as before. */
const GARBAGE: readonly (readonly [what: string, reply: Reply])[] = [
  ['HTTP 500', json('', 500)],
  ['an HTML page with HTTP 502', json('<html>Bad gateway</html>', 502)],
  ['an HTML page with HTTP 200', json('<html>Hello</html>')],
  ['an empty body', json('')],
  ['an empty object', json({})],
  ['null', json('null')],
  ['an array', json('[]')],
  ['half a body', json('{"retCode":20000,"result":{"trade')],
  ['brackets without end', json('['.repeat(200_000))],
  ['a body over the limit', json(`{"a":"${'x'.repeat(300_000)}"}`)],
  ['bytes that were compressed unasked', { status: 200, body: Uint8Array.of(31, 139, 8, 0, 1) }],
  ['a redirect', json('', 302, { Location: 'http://127.0.0.1:1/' })],
  ['a bad request without a code', json('', 400)],
]

const RESETS = [
  ['before the answer', ''],
  ['in the status line', 'HTTP/1.1 2'],
  ['in the headers', 'HTTP/1.1 200 OK\r\nContent-Len'],
  ['before the body', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n'],
  ['in the body', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"a'],
  ['in a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{"a'],
] as const

const DIALECTS: readonly Dialect[] = [
  bybitDialect,
  bybitSubaccountDialect,
  binanceDialect,
  binancePayDialect,
  partnerDialect,
]

describe.each(DIALECTS)('$rail', (dialect) => {
  const { debitOrder, creditOrder } = dialect
  let exchange: ScriptedExchange
  let rails: RailSet
  let rail: RailPort
  let now = NOW

  beforeAll(async () => {
    exchange = await startScriptedExchange()
  })
  afterAll(() => exchange.close())

  const open = (host: string, limits: Partial<RailLimits> = {}) => {
    const settings = dialect.settings(host)
    const own = { ...settings, limits: { ...settings.limits, ...limits } }
    rails = createRails([own], { readSecret: (reference) => reference, now: () => now })
    const opened = rails.railFor(settings.id, dialect.rail)
    if (!opened) throw new Error('the rail is missing')
    rail = opened
  }
  beforeEach(() => {
    now = NOW
    open(exchange.host)
  })
  afterEach(() => rails.close())

  /** So many connections that stand: a short time is then spent on the exchange, and none on connecting. */
  const connect = (connections: number) => {
    exchange.play(dialect.debited())
    const debits = Array.from({ length: connections }, () => rail.debit(debitOrder, LIMIT))
    return Promise.all(debits)
  }

  /** How many requests reached the exchange while `work` ran. */
  const requestsDuring = async (work: () => Promise<unknown>) => {
    const before = exchange.seen.length
    await work()
    return exchange.seen.length - before
  }

  test('a debit is done on the exchange’s word, by one signed request valid for what we wait', async () => {
    exchange.play(dialect.debited())
    const result = await rail.debit(debitOrder, { timeoutMs: 700.5 })
    const exchangeReference = dialect.exchangeReference.debit
    expect(result).toEqual({ kind: 'debited', exchangeReference })
    const request = exchange.seen.at(-1)
    expect(request && dialect.isSigned(request)).toBe(true)
    expect(request && (dialect.windowOf?.(request) ?? 700)).toBe(700)
    expect(request?.headers).not.toHaveProperty('accept-encoding')
  })

  test('the validity window never exceeds the programme’s', async () => {
    exchange.play(dialect.debited())
    await rail.debit(debitOrder, { timeoutMs: 30_000 })
    const request = exchange.seen.at(-1)
    expect(request && (dialect.windowOf?.(request) ?? 5_000)).toBe(5_000)
  })

  test.each(dialect.refusals)('a debit is rejected after %s', async (_what, reply, reason) => {
    exchange.play(reply)
    expect(await rail.debit(debitOrder, LIMIT)).toMatchObject({ kind: 'rejected', reason })
  })

  test.each([...dialect.doubts, ...GARBAGE])('a debit is in doubt after %s', async (_, reply) => {
    exchange.play(reply)
    expect(await rail.debit(debitOrder, LIMIT)).toMatchObject({ kind: 'in_doubt' })
  })

  test('a debit is in doubt when the answer is about another reference', async () => {
    exchange.play(dialect.debited({ reference: 'another' }))
    expect(await rail.debit(debitOrder, LIMIT)).toMatchObject({ kind: 'in_doubt' })
  })

  test.each(RESETS)(
    'a debit is in doubt after a reset %s and is not sent again',
    async (_, text) => {
      exchange.play({ resetAfter: text })
      const requests = await requestsDuring(async () => {
        expect(await rail.debit(debitOrder, LIMIT)).toMatchObject({ kind: 'in_doubt' })
        expect(await rail.credit(creditOrder, LIMIT)).toMatchObject({ kind: 'in_doubt' })
        expect(await rail.lookUpDebit(debitOrder, SPAN)).toMatchObject({ kind: 'unknown' })
      })
      expect(requests).toBe(3)
    },
  )

  test('a debit is in doubt when the answer does not come in time', async () => {
    await connect(1)
    exchange.play('silence')
    expect(await rail.debit(debitOrder, { timeoutMs: 40 })).toMatchObject({ kind: 'in_doubt' })
  })

  test('a debit is in doubt when the body does not end in time', async () => {
    await connect(1)
    exchange.play({ status: 200, body: '{', headers: { 'Content-Length': '100' } })
    expect(await rail.debit(debitOrder, { timeoutMs: 40 })).toMatchObject({ kind: 'in_doubt' })
  })

  test('a debit is rejected as certainly not sent when the exchange cannot be reached', async () => {
    const closed = await startScriptedExchange()
    await closed.close()
    await rails.close()
    open(closed.host)
    expect(await rail.debit(debitOrder, LIMIT)).toMatchObject({
      kind: 'rejected',
      reason: 'exchange_unavailable',
    })
    expect(await rail.lookUpDebit(debitOrder, SPAN)).toMatchObject({ kind: 'unknown' })
  })

  test('a debit is rejected as certainly not sent when there is no TLS where it must be', async () => {
    await rails.close()
    open(exchange.host.replace('http:', 'https:'))
    const requests = await requestsDuring(async () => {
      const result = await rail.debit(debitOrder, LIMIT)
      expect(result).toMatchObject({ kind: 'rejected', reason: 'exchange_unavailable' })
    })
    expect(requests).toBe(0)
  })

  test('a debit is rejected in time when a connection takes too long', async () => {
    const sockets: Socket[] = []
    const stalled = createServer((socket) => sockets.push(socket))
    await new Promise<void>((resolve) => stalled.listen(0, '127.0.0.1', resolve))
    await rails.close()
    open(`https://127.0.0.1:${(stalled.address() as AddressInfo).port}`)
    const result = await rail.debit(debitOrder, { timeoutMs: 40 })
    expect(result).toMatchObject({ kind: 'rejected', reason: 'exchange_unavailable' })
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => stalled.close(resolve))
  })

  test('a debit is rejected when no time is left', async () => {
    const requests = await requestsDuring(async () => {
      expect(await rail.debit(debitOrder, { timeoutMs: 0 })).toMatchObject({ kind: 'rejected' })
    })
    expect(requests).toBe(0)
  })

  test.each(dialect.bans)('%s keeps every call back until it ends', async (_, reply, pauseMs) => {
    exchange.play(reply)
    await rail.debit(debitOrder, LIMIT)
    exchange.play(dialect.debited())
    now = NOW + pauseMs - 1
    const requests = await requestsDuring(async () => {
      expect(await rail.debit(debitOrder, LIMIT)).toMatchObject({ kind: 'rejected' })
      expect(await rail.credit(creditOrder, LIMIT)).toMatchObject({ kind: 'rejected' })
      expect(await rail.lookUpDebit(debitOrder, SPAN)).toMatchObject({ kind: 'unknown' })
      expect(await rail.balances(debitOrder, LIMIT)).toMatchObject({ ok: false })
    })
    expect(requests).toBe(0)
    now = NOW + pauseMs
    expect(await rail.debit(debitOrder, LIMIT)).toMatchObject({ kind: 'debited' })
  })

  test('debits over the rate are refused here, and a second later they leave again', async () => {
    exchange.play(dialect.debited())
    const debits = () => Promise.all([1, 2, 3].map(() => rail.debit(debitOrder, LIMIT)))
    await rails.close()
    open(exchange.host, { debitsPerSecond: 2 })
    expect((await debits()).map(({ kind }) => kind)).toEqual(['debited', 'debited', 'rejected'])
    now += 1_000
    expect((await debits()).map(({ kind }) => kind)).toEqual(['debited', 'debited', 'rejected'])
  })

  test('look-ups over their rate are unknown, and take nothing from debits', async () => {
    await rails.close()
    open(exchange.host, { lookUpsPerSecond: 1, debitsPerSecond: 1 })
    exchange.play(dialect.debitFound())
    expect(await rail.lookUpDebit(debitOrder, SPAN)).toMatchObject({ kind: 'executed' })
    expect(await rail.lookUpDebit(debitOrder, SPAN)).toMatchObject({ kind: 'unknown' })
    exchange.play(dialect.debited())
    expect(await rail.debit(debitOrder, LIMIT)).toMatchObject({ kind: 'debited' })
  })

  test('calls over the concurrency are refused at once, and half of it is kept for debits', async () => {
    await rails.close()
    open(exchange.host, { concurrentCalls: 2 })
    await connect(2)
    exchange.play('silence')
    const first = rail.credit(creditOrder, { timeoutMs: 80 })
    expect(await rail.lookUpDebit(debitOrder, SPAN)).toMatchObject({ kind: 'unknown' })
    const second = rail.debit(debitOrder, { timeoutMs: 80 })
    const third = await rail.debit(debitOrder, { timeoutMs: 80 })
    expect(third).toMatchObject({ kind: 'rejected', reason: 'exchange_unavailable' })
    expect(await first).toMatchObject({ kind: 'in_doubt' })
    expect(await second).toMatchObject({ kind: 'in_doubt' })
  })

  test('a credit is done on the exchange’s word, under its own reference', async () => {
    exchange.play(dialect.credited())
    const exchangeReference = dialect.exchangeReference.credit
    const done = { kind: 'credited', exchangeReference }
    const taken = { kind: 'in_doubt', detail: expect.any(String) }
    const result = await rail.credit(creditOrder, LIMIT)
    expect(result).toEqual(dialect.creditsEndLater ? taken : done)
    const request = exchange.seen.at(-1)
    expect(request && dialect.isSigned(request)).toBe(true)
    const { reference } = creditOrder
    expect(`${request?.query}${request?.body}`).toContain(
      dialect.wireReference?.(reference) ?? reference,
    )
  })

  test.each(dialect.creditRefusals)('a credit is rejected after %s', async (_, reply) => {
    exchange.play(reply)
    expect(await rail.credit(creditOrder, LIMIT)).toMatchObject({ kind: 'rejected' })
  })

  test.each([...dialect.creditDoubts, ...GARBAGE])(
    'a credit is in doubt after %s',
    async (_, reply) => {
      exchange.play(reply)
      expect(await rail.credit(creditOrder, LIMIT)).toMatchObject({ kind: 'in_doubt' })
    },
  )

  test('a look-up says executed for exactly our order, debit and credit alike', async () => {
    const { debit, credit } = dialect.exchangeReference
    exchange.play(dialect.debitFound())
    const debitFound = await rail.lookUpDebit(debitOrder, SPAN)
    expect(debitFound).toEqual({ kind: 'executed', exchangeReference: debit })
    exchange.play(dialect.creditFound())
    const creditFound = await rail.lookUpCredit(creditOrder, SPAN)
    expect(creditFound).toEqual({ kind: 'executed', exchangeReference: credit })
    expect(exchange.seen.slice(-2).every((request) => dialect.isSigned(request))).toBe(true)
  })

  test('a look-up says not found only when the exchange does', async () => {
    exchange.play(dialect.debitNotFound)
    expect(await rail.lookUpDebit(debitOrder, SPAN)).toEqual({ kind: 'not_found' })
    exchange.play(dialect.creditNotFound)
    expect(await rail.lookUpCredit(creditOrder, SPAN)).toEqual({ kind: 'not_found' })
  })

  test.each(dialect.records)('a look-up reads a record with %s', async (_, reply, kind) => {
    exchange.play(reply)
    expect(await rail.lookUpDebit(debitOrder, SPAN)).toMatchObject({ kind })
  })

  test.each(GARBAGE)('a look-up is unknown after %s', async (_, reply) => {
    exchange.play(reply)
    expect(await rail.lookUpDebit(debitOrder, SPAN)).toMatchObject({ kind: 'unknown' })
    expect(await rail.balances(debitOrder, LIMIT)).toMatchObject({ ok: false })
  })

  test('an order that is no multiple of the step never leaves', async () => {
    const asset = CRYPTO_ASSETS.find((one) => rail.stepOf(one) > 1n)
    if (!asset) throw new Error('every step is one')
    const amount = (rail.stepOf(asset) + 1n) as typeof debitOrder.amount
    const requests = await requestsDuring(async () => {
      const result = await rail.debit({ ...debitOrder, asset, amount }, LIMIT)
      expect(result).toMatchObject({ kind: 'rejected', reason: 'exchange_unavailable' })
    })
    expect(requests).toBe(0)
  })

  test('amounts step in the units that the exchange counts in', () => {
    const steps = CRYPTO_ASSETS.map((asset) => [asset, rail.stepOf(asset)])
    expect(Object.fromEntries(steps)).toEqual(dialect.steps)
  })

  test('no bytes of any status make a debit, and none make a call throw', async () => {
    await rails.close()
    open(exchange.host, { debitsPerSecond: 1e9, lookUpsPerSecond: 1e9 })
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .record({
          retCode: fc.anything(),
          code: fc.anything(),
          result: fc.anything(),
          tranId: fc.anything(),
        })
        .map((body) => Buffer.from(fc.stringify(body))),
    )
    const statuses = fc.oneof(fc.constant(200), fc.integer({ min: 200, max: 599 }))
    await fc.assert(
      fc.asyncProperty(bytes, statuses, async (body, status) => {
        now += 3 * 24 * 60 * 60_000
        exchange.play({ status, body: status === 204 || status === 304 ? '' : body })
        expect((await rail.debit(debitOrder, LIMIT)).kind).not.toBe('debited')
        now += 3 * 24 * 60 * 60_000
        expect((await rail.lookUpDebit(debitOrder, SPAN)).kind).not.toBe('executed')
      }),
      { numRuns: 150 },
    )
  })

  test('the rail promises what its documents and the programme say', () => {
    expect(rail.capabilities).toEqual(dialect.promises)
  })
})
