import { expect, onTestFinished, test } from 'vitest'
import { createRails } from '../compose.ts'
import { json } from '../testing/dialect.ts'
import { openRail } from '../testing/opened-rail.ts'
import { partnerDialect } from '../testing/partner-dialect.ts'
import { startScriptedExchange } from '../testing/scripted-exchange.ts'

const LIMIT = { timeoutMs: 1_000 }
const { debitOrder, creditOrder } = partnerDialect

test('asks for a transfer in the protocol’s words, a credit with the debit that it gives back', async () => {
  const { exchange, rail, close } = await openRail(partnerDialect)
  onTestFinished(close)
  exchange.play(partnerDialect.debited())
  await rail.debit(debitOrder, LIMIT)
  await rail.credit(creditOrder, LIMIT)
  const common = { account: 'acc-1@partner.example', asset: 'USDT', amount: '23.50000001' }
  expect(exchange.seen.map(({ body }) => JSON.parse(body))).toEqual([
    { reference: debitOrder.reference, kind: 'debit', ...common },
    {
      reference: creditOrder.reference,
      kind: 'credit',
      ...common,
      debitReference: debitOrder.reference,
    },
  ])
})

test('tells what the account holds of the link’s assets, and nothing that it cannot read', async () => {
  const { exchange, rail, close } = await openRail(partnerDialect)
  onTestFinished(close)
  const balances = [
    { asset: 'BTC', available: '1' },
    { asset: 'USDT', available: '0.500' },
  ]
  exchange.play(json({ balances }))
  expect(await rail.balances(debitOrder, LIMIT)).toEqual({
    ok: true,
    value: [{ asset: 'USDT', amount: 50_000_000n }],
  })
  expect(exchange.seen[0]?.path).toBe('/v1/accounts/acc-1%40partner.example/balances')
  for (const body of [{}, { balances: 'many' }, { error: 'unavailable' }]) {
    exchange.play(json(body))
    expect(await rail.balances(debitOrder, LIMIT)).toEqual({ ok: false, reason: 'unavailable' })
  }
})

test.each([
  [{ permissions: ['transfer', 'read'], addresses: ['203.0.113.7'] }, false, true, []],
  [{ permissions: ['read', 'withdraw'], addresses: [] }, true, false, ['transfer']],
])('reads what our key may do from %j', async (body, canWithdraw, isIpRestricted, missing) => {
  const exchange = await startScriptedExchange()
  const settings = partnerDialect.settings(exchange.host)
  const rails = createRails([settings], { readSecret: (text) => text, now: Date.now })
  onTestFinished(async () => {
    await rails.close()
    await exchange.close()
  })
  exchange.play(json(body))
  const [key] = rails.keysFor(settings.id)
  const report = { canWithdraw, isIpRestricted, missing }
  expect(await key?.readKey(LIMIT)).toMatchObject({ ok: true, value: report })
})
