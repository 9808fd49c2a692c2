import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { bybitDialect } from '../testing/bybit-dialect.ts'
import { bybitSubaccountDialect } from '../testing/bybit-subaccount-dialect.ts'
import { json } from '../testing/dialect.ts'
import { openRails } from '../testing/opened-rails.ts'
import type { Reply } from '../testing/scripted-exchange.ts'

const LIMIT = { timeoutMs: 1_000 }
const published = readFileSync(join(import.meta.dirname, '../samples/bybit-api-key.json'), 'utf8')

async function opened(dialect = bybitSubaccountDialect) {
  const { exchange, rails, close } = await openRails(dialect.settings)
  onTestFinished(close)
  const [key] = rails.keysFor(dialect.debitOrder.wallet.exchange)
  if (!key) throw new Error('no key')
  return { exchange, key }
}

/** The published answer with another `result`. */
const answer = (more: object) => {
  const { result, ...envelope } = JSON.parse(published) as { result: object }
  return json({ ...envelope, result: { ...result, ...more } })
}

const readAfter = async (reply: Reply, dialect = bybitSubaccountDialect) => {
  const { exchange, key } = await opened(dialect)
  exchange.play(reply)
  return key.readKey(LIMIT)
}

test('the published answer is read: bound, no withdrawal, but not allowed to write', async () => {
  const { exchange, key } = await opened()
  exchange.play(json(published))
  expect(await key.readKey(LIMIT)).toMatchObject({
    ok: true,
    value: { canWithdraw: false, isIpRestricted: true, missing: ['writing'] },
  })
  const [request] = exchange.seen
  expect([request?.method, request?.path, request?.query]).toEqual([
    'GET',
    '/v5/user/query-api',
    '',
  ])
  expect(request && bybitSubaccountDialect.isSigned(request)).toBe(true)
})

test.each<[string, object, object]>([
  [
    'may withdraw',
    { permissions: { Wallet: ['SubMemberTransfer', 'Withdraw'] } },
    { canWithdraw: true },
  ],
  ['is taken from anywhere', { ips: ['*'] }, { isIpRestricted: false }],
  ['names no address', { ips: [] }, { isIpRestricted: false }],
  ['does not say its addresses', { ips: undefined }, { isIpRestricted: false }],
  ['may do all it needs', { readOnly: 0 }, { missing: [] }],
  ['may not transfer', { readOnly: 0, permissions: {} }, { missing: ['Wallet.SubMemberTransfer'] }],
  ['is not the master’s', { readOnly: 0, isMaster: false }, { missing: ['the master account'] }],
])('a key that %s is told as one', async (_, more, report) => {
  expect(await readAfter(answer(more))).toMatchObject({ ok: true, value: report })
})

test('a key of Bybit Pay needs the permission to take payments', async () => {
  const read = (more: object) => readAfter(answer({ readOnly: 0, ...more }), bybitDialect)
  expect(await read({})).toMatchObject({ ok: true, value: { missing: [] } })
  expect(await read({ permissions: { FiatBitPay: [] } })).toMatchObject({
    ok: true,
    value: { missing: ['FiatBitPay.FaitPayOrder'] },
  })
})

test.each<[string, Reply, 'unavailable' | 'unsupported']>([
  ['a path that is not there', json('', 404), 'unsupported'],
  ['a route that is not there', json({ retCode: 10017, retMsg: '', result: {} }), 'unsupported'],
  ['a refused permission', json({ retCode: 10005, retMsg: '', result: {} }), 'unsupported'],
  ['a wrong signature', json({ retCode: 10004, retMsg: '', result: {} }), 'unavailable'],
  ['an unknown code', json({ retCode: 99999, retMsg: '', result: {} }), 'unavailable'],
  ['no permissions in the answer', answer({ permissions: null }), 'unavailable'],
  ['HTML', json('<html>'), 'unavailable'],
  ['HTTP 500', json(published, 500), 'unavailable'],
  ['a reset', { resetAfter: 'HTTP/1.1 2' }, 'unavailable'],
])('after %s a key is %s', async (_, reply, reason) => {
  expect(await readAfter(reply)).toEqual({ ok: false, reason })
})

test.each([
  ['spot', 'Spot.SpotTrade'],
  ['convert', 'Exchange.ExchangeHistory'],
] as const)('a key that converts by %s needs %s', async (via, permission) => {
  const { exchange, rails, close } = await openRails((host) => ({
    ...bybitSubaccountDialect.settings(host),
    adapter: 'bybit',
    conversion: { via, host, slippageBasisPoints: 50, notFoundIsFinalAfterMs: 30_000 },
  }))
  onTestFinished(close)
  const key = rails
    .keysFor(bybitSubaccountDialect.debitOrder.wallet.exchange)
    .find(({ usedFor }) => usedFor === 'conversion')
  exchange.play(answer({ readOnly: 0 }))
  expect(await key?.readKey(LIMIT)).toMatchObject({ ok: true, value: { missing: [] } })
  exchange.play(answer({ readOnly: 0, permissions: {} }))
  expect(await key?.readKey(LIMIT)).toMatchObject({ ok: true, value: { missing: [permission] } })
})
