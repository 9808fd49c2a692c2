import { createSecretKey } from 'node:crypto'
import { expect, test } from 'vitest'
import { isPaySigned, signedText } from './gate.ts'
import {
  APPLY,
  CONTRACT,
  CONTRACT_ID,
  contract,
  debit,
  ORDER_QUERY,
  openContract,
  REFUND,
  signPay,
  startPay,
  word,
} from './test-pay.ts'

const DAY_MS = 86_400_000

async function openPay(config = {}) {
  const rig = await startPay(config)
  await openContract(rig)
  const balance = async () => {
    const { wallets } = (await rig.control('GET', '/control/wallets')).body as unknown as {
      wallets: { wallet: string; balances: Record<string, string> }[]
    }
    return wallets.find(({ wallet }) => wallet === CONTRACT_ID)?.balances['USDT']
  }
  const find = async (merchantTradeNo: string) =>
    (await rig.pay(ORDER_QUERY, { merchantTradeNo })).body['data']
  const refund = (refundRequestId: string, prepayId: string, refundAmount: string) =>
    rig.pay(REFUND, { refundRequestId, prepayId, refundAmount, refundReason: '' })
  return { ...rig, balance, find, refund }
}

test('a debit answers with exactly the documented fields, and a repeat with the same', async () => {
  await using rig = await openPay()
  const applied = await rig.pay(APPLY, debit('r1', '1.50000001'))
  expect(applied.body).toEqual({
    status: 'SUCCESS',
    code: '000000',
    data: {
      orderId: '283729303000000001',
      prepayId: '383729303000000001',
      merchantRequestId: 'r1',
      appliedTime: rig.clock.now(),
      status: 'SUCCESS',
    },
    errorMessage: '',
  })
  rig.clock.jump(DAY_MS)
  expect((await rig.pay(APPLY, debit('r1', '2'))).text).toBe(applied.text)
  expect(await rig.balance()).toBe('98.49999999')
  expect(await rig.find('r1')).toEqual({
    merchantId: 98_765_987,
    prepayId: '383729303000000001',
    transactionId: 'P_283729303000000001',
    merchantTradeNo: 'r1',
    status: 'PAID',
    currency: 'USDT',
    orderAmount: '1.50000001',
    openUserId: expect.any(String),
    commission: '0',
    transactTime: rig.clock.now() - DAY_MS,
    createTime: rig.clock.now() - DAY_MS,
  })
  const { body } = await rig.control('GET', `/control/movements?wallet=${CONTRACT_ID}`)
  expect(body['movements']).toMatchObject([
    { exchange: 'binance', kind: 'debit', reference: 'r1', amount: '1.50000001' },
  ])
})

test.each([
  ['more than the single limit', { amount: '50.00000001' }, 400, '400102'],
  ['another currency than the contract has', { currency: 'USDC' }, 400, '400102'],
  ['a contract that is not there', { bizId: '1' }, 404, '406207'],
  ['nothing', { amount: '0' }, 400, '400102'],
  ['no product', { productName: undefined }, 400, '400100'],
  ['an address with a NUL', { webhookUrl: 'http://127.0.0.1:9/\u0000' }, 400, '400103'],
  ['a request id with a dash', { merchantRequestId: 'a-b' }, 400, '400103'],
])('refuses a debit of %s, and the request id stays free', async (_what, fields, status, code) => {
  await using rig = await openPay()
  const { amount = '1', ...more } = fields as { amount?: string }
  const refused = await rig.pay(APPLY, debit('r1', amount, more))
  expect([refused.status, refused.body['code']]).toEqual([status, code])
  expect((await rig.pay(APPLY, debit('r1', '50'))).body['data']?.['status']).toBe('SUCCESS')
})

test('a contract that is not signed debits nothing', async () => {
  await using rig = await openPay()
  await rig.control('POST', '/control/contracts/c1/terminate')
  const refused = await rig.pay(APPLY, debit('r1', '1'))
  expect([refused.status, refused.body['code']]).toEqual([409, '406212'])
})

test('a wallet that cannot cover a debit leaves a FAILED order, for ever', async () => {
  await using rig = await openPay()
  for (const reference of ['r1', 'r2']) await rig.pay(APPLY, debit(reference, '50'))
  const poor = await rig.pay(APPLY, debit('r3', '0.00000001'))
  expect(poor.body['data']).toMatchObject({ merchantRequestId: 'r3', status: 'FAILED' })
  expect((await rig.find('r3'))?.['status']).toBe('ERROR')
  await openContract(rig)
  expect((await rig.pay(APPLY, debit('r3', '1'))).body['data']?.['status']).toBe('FAILED')
  expect(await rig.balance()).toBe('100.00000000')
})

test('codes that are not published may be those that a partner was told', async () => {
  await using rig = await openPay({
    SANDBOX_BINANCE_PAY_INSUFFICIENT_CODE: '400999',
    SANDBOX_BINANCE_PAY_OVER_LIMIT_CODE: '400998',
  })
  for (const reference of ['r1', 'r2']) await rig.pay(APPLY, debit(reference, '50'))
  const poor = await rig.pay(APPLY, debit('r3', '1'))
  expect([poor.status, poor.body['code']]).toEqual([400, '400999'])
  expect((await rig.pay(APPLY, debit('r3', '51'))).body['code']).toBe('400998')
  await openContract(rig)
  expect((await rig.pay(APPLY, debit('r3', '1'))).body['data']?.['status']).toBe('SUCCESS')
})

test('debits may be processed asynchronously, as documented', async () => {
  await using rig = await openPay({ SANDBOX_BINANCE_PAY_PROCESSING_MS: 500 })
  const status = async () => (await rig.pay(APPLY, debit('r1', '1'))).body['data']?.['status']
  expect(await status()).toBe('PROCESSING')
  expect((await rig.find('r1'))?.['status']).toBe('PENDING')
  rig.clock.jump(500)
  expect(await status()).toBe('SUCCESS')
  expect((await rig.find('r1'))?.['status']).toBe('PAID')
})

test('refunds give back up to what was paid, and a repeat is marked as one', async () => {
  await using rig = await openPay()
  const prepayId = word((await rig.pay(APPLY, debit('r1', '10'))).body['data']?.['prepayId'])
  const first = await rig.refund('f1', prepayId, '4.5')
  expect(first.body['data']).toEqual({
    refundId: expect.any(Number),
    refundRequestId: 'f1',
    prepayId,
    orderAmount: '10',
    refundedAmount: '4.5',
    refundAmount: '4.5',
    remainingAttempts: 9,
    payerOpenId: expect.any(String),
    duplicateRequest: 'N',
  })
  expect(first.text).toContain('"refundId":483729303000000002,')
  expect((await rig.find('r1'))?.['status']).toBe('REFUNDED')
  expect((await rig.refund('f1', prepayId, '4.5')).body['data']).toEqual({
    ...(first.body['data'] as object),
    duplicateRequest: 'Y',
  })
  const tooMuch = await rig.refund('f2', prepayId, '5.50000001')
  expect([tooMuch.status, tooMuch.body['code']]).toEqual([400, '400102'])
  expect((await rig.refund('f3', prepayId, '5.5')).body['data']?.['refundedAmount']).toBe('10')
  expect((await rig.find('r1'))?.['status']).toBe('FULL_REFUNDED')
  expect(await rig.balance()).toBe('100.00000000')
  const query = await rig.pay('/order/refund/query', { refundRequestId: 'f3' })
  expect(query.body['data']).toMatchObject({ refundAmount: '5.5', refundStatus: 'REFUND_SUCCESS' })
})

test('the last attempt of an order gives everything back, whatever it asks for', async () => {
  await using rig = await openPay()
  const prepayId = word((await rig.pay(APPLY, debit('r1', '10'))).body['data']?.['prepayId'])
  for (let attempt = 1; attempt < 10; attempt++) await rig.refund(`f${attempt}`, prepayId, '0.1')
  const last = await rig.refund('f10', prepayId, '0.1')
  expect(last.body['data']).toMatchObject({ refundAmount: '9.1', remainingAttempts: 0 })
  expect(await rig.balance()).toBe('100.00000000')
})

test('a periodic contract debits only what was announced a day before', async () => {
  await using rig = await openPay()
  const cycle = { cycleType: 'MONTH', cycleValue: 1, firstDeductTime: rig.clock.now() + DAY_MS }
  const terms = { periodic: true, cycleDebitFixed: false, ...cycle }
  await rig.pay(CONTRACT, contract('p1', terms))
  const signed = await rig.control('POST', '/control/contracts/p1/sign')
  const bizId = word(signed.body['contractId'])
  expect((await rig.pay(APPLY, debit('r1', '1', { bizId }))).body['code']).toBe('400102')
  const fields = { merchantRequestId: 'n1', tradeMode: 'DIRECT_DEBIT', bizId }
  const announced = await rig.pay('/pay/notify', {
    ...fields,
    estimatedAmount: 6,
    currency: 'USDT',
  })
  const preBizId = announced.body['data']?.['orderId']
  expect((await rig.pay(APPLY, debit('r1', '1', { bizId, preBizId }))).body['code']).toBe('400102')
  rig.clock.jump(DAY_MS)
  const applied = await rig.pay(APPLY, debit('r1', '1', { bizId, preBizId }))
  expect(applied.body['data']?.['status']).toBe('SUCCESS')
})

test.each([
  ['delayed by more than a second', -1_001, '400003'],
  ['ahead by more than a second', 1_001, '400003'],
])('a request %s is refused', async (_what, offsetMs, code) => {
  await using rig = await openPay()
  const body = debit('r1', '1')
  const refused = await rig.pay(APPLY, body, signPay(body, rig.clock.now() + offsetMs))
  expect([refused.status, refused.body['code']]).toEqual([406, code])
})

test.each([
  ['no key', { 'binancepay-certificate-sn': '' }, 401, '400005'],
  ['an unknown key', { 'binancepay-certificate-sn': 'nobody' }, 401, '400004'],
  ['a nonce of 31 characters', { 'binancepay-nonce': 'a'.repeat(31) }, 406, '400002'],
  ['another signature', { 'binancepay-signature': 'AB'.repeat(64) }, 406, '400002'],
  ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 400, '100001001'],
])('a request with %s is refused', async (_what, headers, status, code) => {
  await using rig = await openPay()
  const refused = await rig.pay(APPLY, debit('r1', '1'), headers)
  expect([refused.status, refused.body['code']]).toEqual([status, code])
})

test('the signature counts in upper case only', async () => {
  await using rig = await openPay()
  const body = debit('r1', '1')
  const signed = signPay(body, rig.clock.now())
  const small = signed['binancepay-signature']?.toLowerCase() ?? ''
  const refused = await rig.pay(APPLY, body, { 'binancepay-signature': small })
  expect(refused.body['code']).toBe('400002')
})

test('the documented rule over the published sample gives the recomputed signature', () => {
  const secret = 'uahr4nhailyq55yubuhuncnprfac73bcbz2qfafsevic1jruwunioxtoaozy122f'
  const body =
    '{"merchantId":"98765987","subMerchantId":"98765987","merchantTradeNo":"9825382937292","totalFee":25.17,' +
    '"productDetail":"Greentea ice cream cone","currency":"USDT","returnUrl":"","tradeType":"APP",' +
    '"productType":"Food","productName":"Ice Cream"}'
  const payload = signedText('1611232922428', '5RhaTrZPhknNv0kDSA2UQ67cPMVNS4sA', body)
  const signature =
    'C1F7A336D5E6A100DD31F41669895D99C24A3A4D4F96DB6389761CB2CDD37FA2' +
    'F6D106A24DB048B4989005E85EADEA392CD866902736D3D276BDC44C49DD00FC'
  const key = createSecretKey(Buffer.from(secret))
  expect(isPaySigned(key, payload, signature)).toBe(true)
  expect(isPaySigned(key, `${payload}\n`, signature)).toBe(false)
})
