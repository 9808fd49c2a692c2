import { expect, test } from 'vitest'
import {
  APPLY,
  CONTRACT,
  contract,
  debit,
  ORDER_QUERY,
  openContract,
  REFUND,
  startPay,
  word,
} from './test-pay.ts'

async function openPay() {
  const rig = await startPay()
  await openContract(rig)
  const lay = (operation: string, kind: string, more = {}) =>
    rig.control('PUT', '/control/faults', { exchange: 'binance', operation, kind, ...more })
  const find = async (merchantTradeNo = 'r1') => {
    const { body } = await rig.pay(ORDER_QUERY, { merchantTradeNo })
    return body['data']?.['status'] ?? body['code']
  }
  const moved = async (reference = 'r1') => {
    const { body } = await rig.control('GET', `/control/movements?reference=${reference}`)
    return Object.keys(body['movements'] ?? {}).length
  }
  return { ...rig, lay, find, moved }
}

test.each([
  ['error_5xx_before', 500, { code: '400000' }, 0, '400202'],
  ['error_5xx_after', 500, { code: '400000' }, 1, 'PAID'],
  ['too_many_requests', 429, { code: '100001001' }, 0, '400202'],
  ['insufficient', 200, { data: { status: 'FAILED' } }, 0, 'ERROR'],
  ['duplicate_code', 400, { code: '400201' }, 1, 'PAID'],
  ['wrong_echo', 200, { data: { merchantRequestId: 'r10' } }, 1, 'PAID'],
  ['execute_twice', 200, { data: { status: 'SUCCESS' } }, 2, 'PAID'],
  ['ban', 403, {}, 0, undefined],
] as const)('%s answers a debit %i', async (kind, status, body, moved, found) => {
  await using rig = await openPay()
  await rig.lay('debit', kind, { times: 1 })
  const answered = await rig.pay(APPLY, debit('r1', '1'))
  expect(answered.status).toBe(status)
  expect(answered.body).toMatchObject(body)
  expect(await rig.moved()).toBe(moved)
  expect(await rig.find()).toBe(found)
})

test.each([
  ['pending', 'PAID', 'SUCCESS', 1],
  ['pending_then_failed', 'ERROR', 'FAILED', 0],
  ['unknown_status', 'PAID', 'SUCCESS', 1],
] as const)('%s: PROCESSING, then %s', async (kind, status, word, moved) => {
  await using rig = await openPay()
  await rig.lay('debit', kind, { delayMs: 2_000, times: 1 })
  const apply = async () => (await rig.pay(APPLY, debit('r1', '1'))).body['data']?.['status']
  expect(await apply()).toBe('PROCESSING')
  expect(await rig.find()).toBe('PENDING')
  rig.clock.jump(2_000)
  expect(await apply()).toBe(word)
  expect(await rig.find()).toBe(status)
  expect(await rig.moved()).toBe(moved)
})

test('only an order that nobody has paid can be closed', async () => {
  await using rig = await openPay()
  const close = async () => (await rig.pay('/order/close', { merchantTradeNo: 'r1' })).body
  expect((await close())['code']).toBe('400202')
  await rig.lay('debit', 'pending_then_failed', { delayMs: 2_000, times: 1 })
  await rig.pay(APPLY, debit('r1', '1'))
  expect((await close())['data']).toBe(true)
  rig.clock.jump(2_000)
  expect(await rig.find()).toBe('CANCELED')
  expect((await close())['code']).toBe('400203')
})

test('not_found_yet hides an order for a while', async () => {
  await using rig = await openPay()
  await rig.lay('look_up', 'not_found_yet', { delayMs: 1_000 })
  await rig.pay(APPLY, debit('r1', '1'))
  expect(await rig.find()).toBe('400202')
  rig.clock.jump(1_000)
  expect(await rig.find()).toBe('PAID')
})

test('a refund suffers the faults of credits, and stays one refund', async () => {
  await using rig = await openPay()
  const { body } = await rig.pay(APPLY, debit('r1', '10'))
  const prepayId = word(body['data']?.['prepayId'])
  const refund = (amount: string) =>
    rig.pay(REFUND, { refundRequestId: 'f1', prepayId, refundAmount: amount })
  await rig.lay('credit', 'error_5xx_after', { times: 1 })
  expect((await refund('4')).status).toBe(500)
  expect((await refund('4')).body['data']?.['duplicateRequest']).toBe('Y')
  expect(await rig.moved('f1')).toBe(1)
})

test('a refund in progress ends as REFUND_FAIL and gives nothing back', async () => {
  await using rig = await openPay()
  const { body } = await rig.pay(APPLY, debit('r1', '10'))
  const prepayId = word(body['data']?.['prepayId'])
  await rig.lay('credit', 'pending_then_failed', { delayMs: 1_000 })
  await rig.pay(REFUND, { refundRequestId: 'f1', prepayId, refundAmount: 4 })
  const status = async () =>
    (await rig.pay('/order/refund/query', { refundRequestId: 'f1' })).body['data']?.['refundStatus']
  expect(await status()).toBe('REFUND_PENDING')
  rig.clock.jump(1_000)
  expect(await status()).toBe('REFUND_FAIL')
  expect(await rig.moved('f1')).toBe(0)
  expect(await rig.find()).toBe('PAID')
})

test('asking for a contract suffers faults of its own', async () => {
  await using rig = await openPay()
  await rig.lay('mandate', 'error_5xx_after', { times: 1, wallet: 'code1' })
  expect((await rig.pay(CONTRACT, contract('code1'))).status).toBe(500)
  const found = await rig.pay('/direct-debit/contract/query', { merchantContractCode: 'code1' })
  expect(found.body['data']?.['bizStatus']).toBe('INITIAL')
})
