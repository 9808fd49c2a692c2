import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openConversion } from '../testing/binance-conversion.ts'
import { binanceDialect } from '../testing/binance-dialect.ts'
import { binancePayDialect } from '../testing/binance-pay-dialect.ts'
import { json } from '../testing/dialect.ts'
import { openRails } from '../testing/opened-rails.ts'

const LIMIT = { timeoutMs: 1_000 }
const recorded = readFileSync(
  join(import.meta.dirname, '../samples/binance-key-permissions.json'),
  'utf8',
)

async function opened() {
  const { exchange, rails, close } = await openConversion({})
  onTestFinished(close)
  const keys = rails.keysFor(binanceDialect.debitOrder.wallet.exchange)
  const readAll = () => Promise.all(keys.map(({ readKey }) => readKey(LIMIT)))
  return { exchange, keys, readAll }
}

test('the recorded key is taken from anywhere and lacks what the rail and the conversion need', async () => {
  const { exchange, keys, readAll } = await opened()
  exchange.play(json(recorded))
  expect(keys.map(({ usedFor }) => usedFor)).toEqual(['binance-subaccount', 'conversion'])
  expect(await readAll()).toMatchObject([
    { value: { canWithdraw: false, isIpRestricted: false, missing: ['enableInternalTransfer'] } },
    {
      value: { canWithdraw: false, isIpRestricted: false, missing: ['enableSpotAndMarginTrading'] },
    },
  ])
  const [request] = exchange.seen
  expect([request?.method, request?.path]).toEqual(['GET', '/sapi/v1/account/apiRestrictions'])
  expect(request && binanceDialect.isSigned(request)).toBe(true)
})

const SAFE = {
  ipRestrict: true,
  createTime: 1_623_840_271_000,
  enableReading: true,
  enableWithdrawals: false,
  enableInternalTransfer: true,
  enableSpotAndMarginTrading: true,
}

test.each<[string, object, object]>([
  ['all is as it should be', {}, { canWithdraw: false, isIpRestricted: true, missing: [] }],
  ['it may withdraw', { enableWithdrawals: true }, { canWithdraw: true }],
  ['withdrawal is not told', { enableWithdrawals: undefined }, { canWithdraw: true }],
  ['its addresses are not told', { ipRestrict: undefined }, { isIpRestricted: false }],
  ['reading is not told', { enableReading: undefined }, { missing: ['enableReading'] }],
])('a key of which %s', async (_what, change, report) => {
  const { exchange, readAll } = await opened()
  exchange.play(json({ ...SAFE, ...change }))
  const [key] = await readAll()
  expect(key).toMatchObject({ ok: true, value: report })
})

test('what is no report makes the key unavailable, and a host without the call does not support it', async () => {
  const { exchange, readAll } = await opened()
  for (const reply of [json('', 503), json({ code: -2015, msg: '' }, 401), json([]), json({})]) {
    exchange.play(reply)
    const [key] = await readAll()
    expect(key).toEqual({ ok: false, reason: 'unavailable' })
  }
  exchange.play(json('<html>', 404))
  expect((await readAll())[0]).toEqual({ ok: false, reason: 'unsupported' })
})

test('Binance Pay does not tell a key’s permissions, and is not asked', async () => {
  const { exchange, rails, close } = await openRails(binancePayDialect.settings)
  onTestFinished(close)
  const [key] = rails.keysFor(binancePayDialect.debitOrder.wallet.exchange)
  expect(await key?.readKey(LIMIT)).toEqual({ ok: false, reason: 'unsupported' })
  expect(exchange.seen).toEqual([])
})
