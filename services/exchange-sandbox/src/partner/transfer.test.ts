import { expect, test } from 'vitest'
import { createManualClock } from '../manual-clock.ts'
import { partnerCredit, partnerDebit, startSandbox, TRANSFERS } from '../test-rig.ts'

async function openAccount(more: object = {}) {
  const clock = createManualClock()
  const rig = await startSandbox({}, clock)
  const put = (name: string, body: object) =>
    rig.control('PUT', `/control/wallets/partner/${name}`, body)
  await put('acc-1', { balances: { USDT: '10' }, ...more })
  const post = (fields: Record<string, unknown>) => rig.partner('POST', TRANSFERS, fields)
  return {
    ...rig,
    clock,
    put,
    post,
    /** The error, or the transfer's status. */
    outcome: async (fields: Record<string, unknown>) => {
      const { status, body } = await post(fields)
      return status === 200 ? body['transfer']?.['status'] : [status, body['error']]
    },
    available: async (account = 'acc-1') => {
      const { body } = await rig.partner('GET', `/v1/accounts/${account}/balances`)
      return body['balances']
    },
    moved: async () => Object.values((await rig.control('GET', '/control/movements')).body).flat(),
  }
}

test('a debit takes the money, is found, and the same request again moves nothing', async () => {
  await using rig = await openAccount()
  const first = await rig.post(partnerDebit('r1', '2.5'))
  rig.clock.advance(5_000)
  const found = await rig.partner('GET', '/v1/transfers/r1')
  const again = await rig.post(partnerDebit('r1', '2.50000000'))
  expect(first.body['transfer']).toMatchObject({ status: 'executed', amount: '2.5', id: 't-1' })
  expect([found.body, again.body]).toEqual([first.body, first.body])
  expect(await rig.available()).toEqual([{ asset: 'USDT', available: '7.5' }])
  expect(await rig.moved()).toHaveLength(1)
})

test('a reference names one transfer: any other field is refused, a credit too', async () => {
  await using rig = await openAccount()
  await rig.put('acc-2', { balances: { USDT: '10' } })
  await rig.post(partnerDebit('r1', '2'))
  const others = [
    partnerDebit('r1', '2.00000001'),
    partnerDebit('r1', '2', { account: 'acc-2' }),
    partnerDebit('r1', '2', { asset: 'USDC' }),
    partnerCredit('r1', 'r1', '2'),
  ]
  for (const other of others) expect(await rig.outcome(other)).toEqual([409, 'reference_reused'])
  expect(await rig.moved()).toHaveLength(1)
})

test('what is refused leaves no transfer, and its reference free', async () => {
  await using rig = await openAccount()
  expect(await rig.outcome(partnerDebit('r1', '10.00000001'))).toEqual([409, 'insufficient_funds'])
  const sought = await rig.partner('GET', '/v1/transfers/r1')
  expect([sought.status, sought.body['error']]).toEqual([404, 'not_found'])
  expect(await rig.outcome(partnerDebit('r1', '10'))).toBe('executed')
})

test('credits give back what was taken and no more, all of one debit together', async () => {
  await using rig = await openAccount()
  await rig.post(partnerDebit('d1', '3'))
  expect(await rig.outcome(partnerCredit('d1', 'c1', '2'))).toBe('executed')
  expect(await rig.outcome(partnerCredit('d1', 'c1', '2'))).toBe('executed')
  const tooMuch = partnerCredit('d1', 'c2', '1.00000001')
  expect(await rig.outcome(tooMuch)).toEqual([409, 'credit_exceeds_debit'])
  expect(await rig.outcome(partnerCredit('d1', 'c2', '1'))).toBe('executed')
  expect(await rig.available()).toEqual([{ asset: 'USDT', available: '10' }])
  const { body } = await rig.partner('GET', '/v1/transfers/c1')
  expect(body['transfer']).toMatchObject({ kind: 'credit', debitReference: 'd1', amount: '2' })
})

test('a credit of nothing, of a credit, to another account or in another asset is refused', async () => {
  await using rig = await openAccount()
  await rig.put('acc-2', { balances: {} })
  await rig.post(partnerDebit('d1', '3'))
  await rig.post(partnerCredit('d1', 'c1', '1'))
  const wrong = [
    partnerCredit('d2', 'c2', '1'),
    partnerCredit('c1', 'c2', '1'),
    { ...partnerCredit('d1', 'c2', '1'), account: 'acc-2' },
    { ...partnerCredit('d1', 'c2', '1'), asset: 'USDC' },
  ]
  for (const each of wrong) expect(await rig.outcome(each)).toEqual([404, 'debit_unknown'])
})

test('of a debit that is pending or refused nothing is given back', async () => {
  await using rig = await openAccount()
  const lay = { exchange: 'partner', operation: 'debit', kind: 'pending_then_failed' }
  await rig.control('PUT', '/control/faults', { ...lay, delayMs: 2_000 })
  expect(await rig.outcome(partnerDebit('d1', '3'))).toBe('pending')
  const credit = partnerCredit('d1', 'c1', '1')
  expect(await rig.outcome(credit)).toEqual([409, 'credit_exceeds_debit'])
  rig.clock.jump(2_000)
  expect(await rig.outcome(partnerDebit('d1', '3'))).toBe('refused')
  expect(await rig.outcome(credit)).toEqual([409, 'credit_exceeds_debit'])
})

test('a closed account takes credits, repeats what it did, and pays nothing more', async () => {
  await using rig = await openAccount()
  await rig.post(partnerDebit('d1', '3'))
  await rig.put('acc-1', { state: 'closed', balances: { USDT: '7' } })
  expect(await rig.outcome(partnerDebit('d2', '1'))).toEqual([409, 'account_closed'])
  expect(await rig.outcome(partnerDebit('d1', '3'))).toBe('executed')
  expect(await rig.outcome(partnerCredit('d1', 'c1', '3'))).toBe('executed')
  const { body } = await rig.put('acc-1', { balances: { USDT: '1' }, ifAbsent: true })
  expect(body).toMatchObject({ state: 'closed', balances: { USDT: '10.00000000' } })
  await rig.put('acc-1', { balances: { USDT: '1' } })
  expect(await rig.outcome(partnerDebit('d2', '1'))).toBe('executed')
})

test("an account that is nobody's is unknown, the programme's own among them", async () => {
  await using rig = await openAccount()
  for (const account of ['acc-9', 'master']) {
    const debit = partnerDebit('r1', '1', { account })
    expect(await rig.outcome(debit)).toEqual([404, 'account_unknown'])
    const { status, body } = await rig.partner('GET', `/v1/accounts/${account}/balances`)
    expect([status, body['error']]).toEqual([404, 'account_unknown'])
  }
  await rig.put('ann@example.kz', { balances: { USDT: '1' } })
  expect(await rig.available('ann%40example.kz')).toEqual([{ asset: 'USDT', available: '1' }])
})

test.each([
  ['amount_invalid', ['0', '0.0', '', '-1', '+1', '1e2', '.5', '1.', '1,5', ' 1', '0.000000001']],
  ['malformed', [1, null, undefined, {}]],
])('an amount is %s for %j', async (error, amounts) => {
  await using rig = await openAccount()
  for (const amount of amounts)
    expect(await rig.outcome({ ...partnerDebit('r1', '1'), amount })).toEqual([400, error])
})

test('a request that is none is malformed', async () => {
  await using rig = await openAccount()
  const wrong = [
    {},
    partnerDebit('', '1'),
    partnerDebit('r-1', '1'),
    partnerDebit('r'.repeat(33), '1'),
    partnerDebit('r1', '1', { kind: 'refund' }),
    partnerDebit('r1', '1', { kind: 'credit' }),
    partnerDebit('r1', '1', { debitReference: 'd1' }),
    partnerDebit('r1', '1', { account: 'a/b' }),
    partnerDebit('r1', '1', { account: 'a'.repeat(65) }),
    partnerDebit('r1', '1', { note: 'x'.repeat(16_384) }),
  ]
  for (const each of wrong) expect(await rig.outcome(each)).toEqual([400, 'malformed'])
  const unknown = partnerDebit('r1', '1', { asset: 'DOGE' })
  expect(await rig.outcome(unknown)).toEqual([400, 'asset_unknown'])
  expect((await rig.partner('GET', '/v1/transfers/r-1')).body['error']).toBe('malformed')
  expect((await rig.partner('GET', '/v1/transfers/%zz')).status).toBe(400)
})

test('books are those asked for that are traded, at the best prices of the moment', async () => {
  await using rig = await openAccount()
  const pin = { bid: '65000.1', ask: '65000.2' }
  await rig.control('PUT', '/control/prices/partner/BTCUSDT', pin)
  const at = rig.clock.now()
  const { body } = await rig.partner('GET', '/v1/books?pairs=BTC/USDT,DOGE/USDT,USDT%2FKZT')
  expect(body['books']).toEqual([
    { pair: 'USDT/KZT', bid: expect.any(String), ask: expect.any(String), at },
    { pair: 'BTC/USDT', ...pin, at },
  ])
  expect((await rig.partner('GET', '/v1/books')).body['error']).toBe('malformed')
  expect((await rig.partner('GET', '/v1/books?pairs=X/Y')).body).toEqual({ books: [] })
})
