import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { createManualClock } from '../manual-clock.ts'
import { startSandbox, TRANSFER, transfer } from '../test-rig.ts'

const DAY_MS = 86_400_000

async function openSubAccount(config = {}) {
  const clock = createManualClock()
  const rig = await startSandbox(config, clock)
  await rig.control('PUT', '/control/wallets/binance/ann@example.kz', {
    balances: { USDT: '1000', BTC: '0.5' },
  })
  const assets = async () => {
    const path = '/sapi/v4/sub-account/assets'
    return (await rig.binance('GET', path, { email: 'ann@example.kz' })).body
  }
  return { ...rig, clock, assets }
}

test('a transfer answers with exactly the documented fields and takes the money', async () => {
  await using rig = await openSubAccount()
  const sent = await rig.binance('POST', TRANSFER, transfer('t1', '0.00000001'))
  expect(sent.status).toBe(200)
  expect(sent.body).toEqual({ tranId: 11_945_860_001, clientTranId: 't1' })
  expect(sent.headers.get('x-sapi-used-uid-weight-1m')).toBe('360')
  expect(await rig.assets()).toEqual({
    balances: [
      { freeze: '0', withdrawing: '0', asset: 'USDT', free: '999.99999999', locked: '0' },
      { freeze: '0', withdrawing: '0', asset: 'BTC', free: '0.5', locked: '0' },
    ],
  })
})

test('a signed form body is as good as a query', async () => {
  await using rig = await openSubAccount()
  const timestamp = String(rig.clock.now())
  const form = new URLSearchParams({ ...transfer('t1', '1'), timestamp }).toString()
  const signature = createHmac('sha256', 'a secret').update(form).digest('hex')
  const sent = await rig.call('POST', TRANSFER, {
    body: `${form}&signature=${signature}`,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-mbx-apikey': 'binance-key',
    },
  })
  expect(sent.body['clientTranId']).toBe('t1')
})

test('a repeated clientTranId is refused with the configured code and the first transfer stands', async () => {
  await using rig = await openSubAccount({ SANDBOX_BINANCE_DUPLICATE_CODE: -12345 })
  await rig.binance('POST', TRANSFER, transfer('t1', '1'))
  const repeat = await rig.binance('POST', TRANSFER, transfer('t1', '2'))
  expect([repeat.status, repeat.body['code']]).toEqual([400, -12345])
  const found = await rig.binance('GET', TRANSFER, { fromEmail: 'ann@example.kz' })
  expect(found.body['totalCount']).toBe(1)
  expect(found.body['result']?.[0]?.['amount']).toBe('1')
})

test('a transfer that the sub-account cannot cover is refused and leaves its number free', async () => {
  await using rig = await openSubAccount()
  const refused = await rig.binance('POST', TRANSFER, transfer('t1', '1000.00000001'))
  expect([refused.status, refused.body]).toEqual([
    400,
    { code: -9000, msg: 'user have no avaliable amount' },
  ])
  expect((await rig.binance('POST', TRANSFER, transfer('t1', '1000'))).status).toBe(200)
})

test('money goes back from the master to the sub-account', async () => {
  await using rig = await openSubAccount()
  await rig.binance('POST', TRANSFER, transfer('t1', '10'))
  const { fromEmail, ...rest } = transfer('t2', '4')
  await rig.binance('POST', TRANSFER, { ...rest, toEmail: fromEmail })
  const { body } = await rig.control('GET', '/control/movements?exchange=binance')
  expect(body['movements']).toEqual([
    {
      sequence: 1,
      exchange: 'binance',
      wallet: 'ann@example.kz',
      kind: 'debit',
      reference: 't1',
      asset: 'USDT',
      amount: '10.00000000',
      at: '2026-01-07T10:30:00.000Z',
    },
    expect.objectContaining({ sequence: 2, kind: 'credit', reference: 't2', amount: '4.00000000' }),
  ])
  const master = await rig.binance('GET', '/api/v3/account')
  expect(master.body['balances']?.[0]).toEqual({
    asset: 'USDT',
    free: '10000006.00000000',
    locked: '0.00000000',
  })
})

test.each([
  ['nine decimals', { amount: '0.000000001' }, -1111],
  ['nothing', { amount: '0' }, -1102],
  ['a negative amount', { amount: '-1' }, -1102],
  ['an unknown asset', { asset: 'DOGE' }, -1102],
  ['an unknown sub-account', { fromEmail: 'bob@example.kz' }, -1102],
  ['an unknown account type', { fromAccountType: 'FUND' }, -1102],
  ['a transfer to itself', { fromEmail: '' }, -1102],
])('refuses %s', async (_what, fields, code) => {
  await using rig = await openSubAccount()
  const refused = await rig.binance('POST', TRANSFER, transfer('t1', '1', fields))
  expect([refused.status, refused.body['code']]).toEqual([400, code])
})

test("a look-up finds a transfer only by its sender's or receiver's e-mail", async () => {
  await using rig = await openSubAccount()
  await rig.binance('POST', TRANSFER, transfer('t1', '0.5'))
  const look = async (params: Record<string, string>) =>
    (await rig.binance('GET', TRANSFER, { clientTranId: 't1', ...params })).body
  expect(await look({ fromEmail: 'ann@example.kz' })).toEqual({
    result: [
      {
        tranId: 11_945_860_001,
        fromEmail: 'ann@example.kz',
        toEmail: 'master@tolem.example',
        asset: 'USDT',
        amount: '0.5',
        createTimeStamp: rig.clock.now(),
        fromAccountType: 'SPOT',
        toAccountType: 'SPOT',
        status: 'SUCCESS',
        clientTranId: 't1',
      },
    ],
    totalCount: 1,
  })
  expect((await look({ toEmail: 'master@tolem.example' }))['totalCount']).toBe(1)
  expect((await look({}))['totalCount']).toBe(0)
  const both = { fromEmail: 'ann@example.kz', toEmail: 'master@tolem.example' }
  expect((await look(both))['code']).toBe(-1102)
})

test('a look-up is answered in pages, newest first', async () => {
  await using rig = await openSubAccount()
  for (const id of ['t1', 't2', 't3']) {
    await rig.binance('POST', TRANSFER, transfer(id, '1'))
    rig.clock.jump(1)
  }
  const page = async (number: string) => {
    const asked = { fromEmail: 'ann@example.kz', limit: '2', page: number }
    const { body } = await rig.binance('GET', TRANSFER, asked)
    const ids = Object.values(body['result'] ?? {}).map((each) => each['clientTranId'])
    return [ids, body['totalCount']]
  }
  expect(await page('1')).toEqual([['t3', 't2'], 3])
  expect(await page('2')).toEqual([['t1'], 3])
  expect(await page('3')).toEqual([[], 3])
})

test('a look-up sees seven days unless it names others', async () => {
  await using rig = await openSubAccount()
  const sentAt = rig.clock.now()
  await rig.binance('POST', TRANSFER, transfer('t1', '1'))
  rig.clock.jump(8 * DAY_MS)
  const look = async (params: Record<string, string>) =>
    (await rig.binance('GET', TRANSFER, { fromEmail: 'ann@example.kz', ...params })).body
  expect((await look({}))['totalCount']).toBe(0)
  expect((await look({ startTime: String(sentAt - 1) }))['totalCount']).toBe(1)
  const wide = { startTime: String(sentAt), endTime: String(rig.clock.now()) }
  expect((await look(wide))['code']).toBe(-1127)
})

test('the key tells what it may do, with the documented fields', async () => {
  await using rig = await openSubAccount()
  const { body } = await rig.binance('GET', '/sapi/v1/account/apiRestrictions')
  expect(Object.keys(body).toSorted()).toEqual([
    'createTime',
    'enableFixApiTrade',
    'enableFixReadOnly',
    'enableFutures',
    'enableInternalTransfer',
    'enableMargin',
    'enablePortfolioMarginTrading',
    'enableReading',
    'enableSpotAndMarginTrading',
    'enableVanillaOptions',
    'enableWithdrawals',
    'ipRestrict',
    'permitsUniversalTransfer',
  ])
  expect(body['enableWithdrawals']).toBe(false)
  const restrictions = { enableWithdrawals: true }
  const key = { exchange: 'binance', apiKey: 'binance-key', secret: 'a secret', restrictions }
  await rig.control('PUT', '/control/credentials', key)
  const risky = await rig.binance('GET', '/sapi/v1/account/apiRestrictions')
  expect(risky.body['enableWithdrawals']).toBe(true)
})

test('weight beyond the limit is refused with the seconds to wait', async () => {
  await using rig = await openSubAccount({ SANDBOX_BINANCE_UID_WEIGHT_PER_MINUTE: 360 })
  await rig.binance('POST', TRANSFER, transfer('t1', '1'))
  rig.clock.advance(15_000)
  const over = await rig.binance('POST', TRANSFER, transfer('t2', '1'))
  expect([over.status, over.body['code']]).toEqual([429, -1003])
  expect(over.headers.get('retry-after')).toBe('45')
  rig.clock.advance(45_000)
  expect((await rig.binance('POST', TRANSFER, transfer('t2', '1'))).status).toBe(200)
})
