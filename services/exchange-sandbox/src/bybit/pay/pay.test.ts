import { expect, test } from 'vitest'
import { createManualClock } from '../../manual-clock.ts'
import {
  agreement,
  PAY,
  PAY_QUERY,
  payment,
  payQuery,
  REFUND,
  refund,
  signBybit,
  startSandbox,
} from '../../test-rig.ts'

const AMOUNT = { total: '2350', currency: 'USDT', currency_type: 'CRYPTO', chain: 'TRC20' }

async function openAgreement(more: Record<string, unknown> = {}) {
  const rig = await startSandbox({}, createManualClock())
  await rig.control('PUT', '/control/wallets/bybit/A1', agreement({ USDT: '1.000000' }, more))
  const balance = async () => {
    const { body } = await rig.control('GET', '/control/wallets')
    // Binance's master comes first.
    return body['wallets']?.['1']?.['balances']?.['USDT']
  }
  return { ...rig, balance }
}

test('a payment answers with exactly the documented fields and takes the money', async () => {
  await using rig = await openAgreement()
  const paid = await rig.bybit('POST', PAY, payment('o1', '2350'))
  expect(paid.status).toBe(200)
  expect(paid.body).toEqual({
    retCode: 20000,
    retMsg: 'Success',
    result: {
      order_no: 'ORD202601070001',
      trade_no: 'PAY202601070001',
      out_trade_no: 'o1',
      status: 'SUCCESS',
      amount: AMOUNT,
      pay_time: '2026-01-07T10:30:00Z',
    },
  })
  expect(await rig.balance()).toBe('0.997650')
  expect(paid.headers.get('x-bapi-limit')).toBe('1000')
  expect(paid.headers.get('x-bapi-limit-status')).toBe('999')
  expect(paid.headers.get('x-bapi-limit-reset-timestamp')).toBe(String(rig.clock.now() + 1_000))
})

test('a repeat gets the first result, whatever else it asks for, and moves nothing', async () => {
  await using rig = await openAgreement()
  const first = await rig.bybit('POST', PAY, payment('o1', '2350'))
  const repeat = await rig.bybit('POST', PAY, payment('o1', '999'))
  expect(repeat.body).toEqual(first.body)
  expect(await rig.balance()).toBe('0.997650')
})

test('a payment beyond the balance is a success that says FAILED, and stays FAILED', async () => {
  await using rig = await openAgreement()
  const failed = await rig.bybit('POST', PAY, payment('o1', '1000001'))
  expect(failed.status).toBe(200)
  expect(failed.body['retCode']).toBe(20000)
  expect(failed.body['result']).toMatchObject({
    status: 'FAILED',
    failure_reason: 'BALANCE_NOT_ENOUGH',
  })
  expect(failed.body['result']).not.toHaveProperty('pay_time')
  await rig.control('PUT', '/control/wallets/bybit/A1', agreement({ USDT: '5' }))
  const repeat = await rig.bybit('POST', PAY, payment('o1', '1000001'))
  expect(repeat.body).toEqual(failed.body)
})

test.each([
  ['an agreement that is not there', {}, { agreement_no: 'A2' }, 139001001],
  ["another merchant's agreement", {}, { merchant_id: 'M2' }, 139001009],
  ["another user's agreement", {}, { user_id: 'U2' }, 139001011],
  ['an agreement of another type', {}, { agreement_type: 'CYCLE' }, 139001013],
  ['an expired agreement', { state: 'expired' }, {}, 139001002],
  ['an unsigned agreement', { state: 'unsigned' }, {}, 139001003],
  ['a suspended agreement', { state: 'suspended' }, {}, 139001004],
  ['an amount over the single limit', { singleLimit: { USDT: '0.000999' } }, {}, 139004005],
  ['an unknown currency', {}, { amount: { ...AMOUNT, currency: 'DOGE' } }, 139004002],
  ['an amount with a point', {}, { amount: { ...AMOUNT, total: '0.5' } }, 139004004],
  ['a missing title', {}, { order_info: {} }, 40000],
])('refuses %s and leaves the number free', async (_what, wallet, fields, retCode) => {
  await using rig = await openAgreement(wallet)
  const refused = await rig.bybit('POST', PAY, payment('o1', '1000', fields))
  expect(refused.body).toEqual({ retCode, retMsg: expect.any(String), result: null })
  const query = payQuery({ record_type: 'PAY', out_trade_no: 'o1' })
  expect((await rig.bybit('GET', PAY_QUERY, query)).body['retCode']).toBe(139002001)
  expect(await rig.balance()).toBe('1.000000')
})

test('a payment is found by its number with what was refunded of it', async () => {
  await using rig = await openAgreement()
  await rig.bybit('POST', PAY, payment('o1', '2350'))
  await rig.bybit('POST', REFUND, refund('o1', 'r1', '350'))
  const query = payQuery({ record_type: 'PAY', out_trade_no: 'o1' })
  expect((await rig.bybit('GET', PAY_QUERY, query)).body['result']).toEqual({
    trade_no: 'PAY202601070001',
    out_trade_no: 'o1',
    status: 'SUCCESS',
    amount: AMOUNT,
    pay_time: '2026-01-07T10:30:00Z',
    refund_amount: { ...AMOUNT, total: '350' },
  })
})

test('refunds come in parts up to the amount paid, each once', async () => {
  await using rig = await openAgreement()
  await rig.bybit('POST', PAY, payment('o1', '2350'))
  const first = await rig.bybit('POST', REFUND, refund('o1', 'r1', '2000'))
  expect(first.body['result']).toEqual({
    refund_no: 'RF202601070002',
    out_refund_no: 'r1',
    trade_no: 'PAY202601070001',
    status: 'SUCCESS',
    refund_amount: { ...AMOUNT, total: '2000' },
    refund_time: '2026-01-07T10:30:00Z',
  })
  expect((await rig.bybit('POST', REFUND, refund('o1', 'r1', '2000'))).body).toEqual(first.body)
  const tooMuch = await rig.bybit('POST', REFUND, refund('o1', 'r2', '351'))
  expect(tooMuch.body['retCode']).toBe(139003001)
  await rig.bybit('POST', REFUND, refund('o1', 'r3', '350'))
  expect(await rig.balance()).toBe('1.000000')
  const query = payQuery({ record_type: 'REFUND', out_refund_no: 'r1' })
  expect((await rig.bybit('GET', PAY_QUERY, query)).body['result']).toEqual(first.body['result'])
  const byNumber = payQuery({ record_type: 'REFUND', refund_no: 'RF202601070002' })
  expect((await rig.bybit('GET', PAY_QUERY, byNumber)).body['result']).toEqual(first.body['result'])
  const nothing = payQuery({ record_type: 'REFUND', out_refund_no: 'r9' })
  expect((await rig.bybit('GET', PAY_QUERY, nothing)).body['retCode']).toBe(139003004)
})

test('refunds of one payment go one after the other', async () => {
  const clock = createManualClock()
  await using rig = await startSandbox({}, clock)
  await rig.control('PUT', '/control/wallets/bybit/A1', agreement({ USDT: '1' }))
  await rig.bybit('POST', PAY, payment('o1', '2350'))
  const fault = { exchange: 'bybit', operation: 'credit', kind: 'pending', times: 1 }
  await rig.control('PUT', '/control/faults', fault)
  const refundCode = async (outRefundNo: string) =>
    (await rig.bybit('POST', REFUND, refund('o1', outRefundNo, '10'))).body['retCode']
  expect(await refundCode('r1')).toBe(20000)
  expect(await refundCode('r2')).toBe(139003003)
  clock.advance(3_000)
  expect(await refundCode('r2')).toBe(20000)
})

test('a refund of what was not paid is refused', async () => {
  await using rig = await openAgreement()
  await rig.bybit('POST', PAY, payment('o1', '1000001'))
  const ofFailed = await rig.bybit('POST', REFUND, refund('o1', 'r1', '1'))
  expect(ofFailed.body['retCode']).toBe(139003002)
  const ofNothing = await rig.bybit('POST', REFUND, refund('o2', 'r1', '1'))
  expect(ofNothing.body['retCode']).toBe(139002001)
})

test.each([
  ['01', 'SUCCESS', 'SUCCESS'],
  ['02', 'PROCESSING', 'SUCCESS'],
  ['03', 'FAILED', 'FAILED'],
  ['04', 'TIMEOUT', 'SUCCESS'],
  ['99', 'FAILED', 'FAILED'],
])('at a magic wallet the digits %s answer %s and end as %s', async (digits, status, end) => {
  const clock = createManualClock()
  await using rig = await startSandbox({}, clock)
  const wallet = agreement({ USDT: '1' }, { magic: true })
  await rig.control('PUT', '/control/wallets/bybit/A1', wallet)
  const paid = await rig.bybit('POST', PAY, payment('o1', `10${digits}`))
  expect(paid.body['result']?.['status']).toBe(status)
  clock.advance(3_000)
  const query = payQuery({ record_type: 'PAY', out_trade_no: 'o1' })
  expect((await rig.bybit('GET', PAY_QUERY, query)).body['result']?.['status']).toBe(end)
})

test('more than ten payments a second under one agreement are told to wait', async () => {
  await using rig = await openAgreement()
  for (let number = 0; number < 10; number++) {
    const paid = await rig.bybit('POST', PAY, payment(`o${number}`, '1'))
    expect(paid.body['retCode']).toBe(20000)
  }
  const over = await rig.bybit('POST', PAY, payment('o10', '1'))
  expect(over.status).toBe(429)
  expect(over.body).toMatchObject({ retCode: 42900, result: { retry_after: 1_000 } })
})

test('what is no JSON, or no plain text, is a parameter error', async () => {
  await using rig = await openAgreement()
  const body = 'out_trade_no=o1'
  const headers = { ...signBybit(body, rig.clock.now()), 'content-type': 'text/plain' }
  expect((await rig.call('POST', PAY, { body, headers })).body['retCode']).toBe(40000)
  for (const name of ['\u0000', '\ud800', 'x'.repeat(65)]) {
    expect((await rig.bybit('POST', PAY, payment(name, '1'))).body['retCode']).toBe(40000)
  }
  const url = { notify_url: 'http://127.0.0.1:9/\u0000' }
  expect((await rig.bybit('POST', PAY, payment('o1', '1', url))).body['retCode']).toBe(40000)
  await rig.bybit('POST', PAY, payment('o1', '1'))
  const back = await rig.bybit('POST', REFUND, { ...refund('o1', 'r1', '1'), ...url })
  expect(back.body['retCode']).toBe(40000)
})
