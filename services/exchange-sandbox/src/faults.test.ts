import { expect, test } from 'vitest'
import { createManualClock } from './manual-clock.ts'
import {
  agreement,
  PAY,
  PAY_QUERY,
  payment,
  payQuery,
  REFUND,
  type Rig,
  refund,
  startSandbox,
  TRANSFER,
  transfer,
} from './test-rig.ts'

/** The same debit, look-up and count of what moved, at either exchange. */
function customerAt(exchange: 'binance' | 'bybit', rig: Rig) {
  const isBybit = exchange === 'bybit'
  return {
    debit: (reference = 'r1') =>
      isBybit
        ? rig.bybit('POST', PAY, payment(reference, '1000000'))
        : rig.binance('POST', TRANSFER, transfer(reference, '1')),
    status: async (reference = 'r1') => {
      const query = payQuery({ record_type: 'PAY', out_trade_no: reference })
      const found = isBybit
        ? (await rig.bybit('GET', PAY_QUERY, query)).body['result']
        : (
            await rig.binance('GET', TRANSFER, {
              fromEmail: 'ann@example.kz',
              clientTranId: reference,
            })
          ).body['result']?.['0']
      return found?.['status'] ?? 'not found'
    },
    moved: async (reference = 'r1') => {
      const path = `/control/movements?exchange=${exchange}&reference=${reference}`
      return Object.keys((await rig.control('GET', path)).body['movements'] ?? {}).length
    },
    lay: (kind: string, more = {}) =>
      rig.control('PUT', '/control/faults', { exchange, operation: 'debit', kind, ...more }),
  }
}

async function openCustomers(clock = createManualClock()) {
  const rig = await startSandbox({}, clock)
  await rig.control('PUT', '/control/wallets/bybit/A1', agreement({ USDT: '10' }))
  const balances = { USDT: '10' }
  await rig.control('PUT', '/control/wallets/binance/ann@example.kz', { balances })
  return { ...rig, clock }
}

const EXCHANGES = ['binance', 'bybit'] as const

test.each(
  EXCHANGES.flatMap((exchange) => [
    [exchange, 'reset_before', 0] as const,
    [exchange, 'reset_after', 1] as const,
  ]),
)('%s: %s cuts the connection after %i executions', async (exchange, kind, moved) => {
  await using rig = await openCustomers()
  const customer = customerAt(exchange, rig)
  await customer.lay(kind, { times: 1 })
  await expect(customer.debit()).rejects.toThrow(/fetch failed/)
  expect(await customer.moved()).toBe(moved)
  expect(await customer.status()).toBe(moved === 1 ? 'SUCCESS' : 'not found')
})

test.each(
  EXCHANGES.flatMap((exchange) => [
    [exchange, 'timeout_before', 0] as const,
    [exchange, 'timeout_after', 1] as const,
  ]),
)('%s: %s never answers, after %i executions', async (exchange, kind, moved) => {
  await using rig = await openCustomers()
  const customer = customerAt(exchange, rig)
  await customer.lay(kind, { times: 1 })
  const outcome = customer.debit().then(
    () => 'answered',
    () => 'no answer',
  )
  while (JSON.stringify((await rig.control('GET', '/control/faults')).body) !== '{"faults":[]}');
  expect(await customer.moved()).toBe(moved)
  expect(await customer.status()).toBe(moved === 1 ? 'SUCCESS' : 'not found')
  await rig[Symbol.asyncDispose]()
  expect(await outcome).toBe('no answer')
})

test.each([
  ['binance', 'error_5xx_before', 503, { code: -1007 }, 0],
  ['binance', 'error_5xx_after', 503, { code: -1007 }, 1],
  ['binance', 'too_many_requests', 429, { code: -1003 }, 0],
  ['binance', 'ban', 418, { code: -1003 }, 0],
  ['binance', 'insufficient', 400, { code: -9000 }, 0],
  ['binance', 'duplicate_code', 400, { code: -4115 }, 1],
  ['binance', 'wrong_echo', 200, { clientTranId: 'r10' }, 1],
  ['binance', 'execute_twice', 200, { clientTranId: 'r1' }, 2],
  ['bybit', 'error_5xx_before', 503, { retCode: 50001 }, 0],
  ['bybit', 'error_5xx_after', 503, { retCode: 50001 }, 1],
  ['bybit', 'too_many_requests', 429, { retCode: 42900 }, 0],
  ['bybit', 'insufficient', 200, { result: { failure_reason: 'BALANCE_NOT_ENOUGH' } }, 0],
  ['bybit', 'duplicate_code', 400, { retCode: 40004 }, 1],
  ['bybit', 'wrong_echo', 200, { result: { amount: { total: '1000001' } } }, 1],
  ['bybit', 'execute_twice', 200, { result: { status: 'SUCCESS' } }, 2],
] as const)('%s: %s answers %i', async (exchange, kind, status, body, moved) => {
  await using rig = await openCustomers()
  const customer = customerAt(exchange, rig)
  await customer.lay(kind, { times: 1 })
  const answered = await customer.debit()
  expect(answered.status).toBe(status)
  expect(answered.body).toMatchObject(body)
  expect(await customer.moved()).toBe(kind === 'ban' ? 0 : moved)
})

test.each(EXCHANGES)('%s: a ban closes every door until it ends', async (exchange) => {
  await using rig = await openCustomers()
  const customer = customerAt(exchange, rig)
  await customer.lay('ban', { delayMs: 60_000 })
  const status = exchange === 'binance' ? 418 : 403
  expect((await customer.debit()).status).toBe(status)
  const path = exchange === 'binance' ? '/api/v3/time' : '/v5/market/time'
  const closed = await rig.call('GET', path)
  expect(closed.status).toBe(status)
  if (exchange === 'binance') expect(closed.headers.get('retry-after')).toBe('60')
  rig.clock.jump(60_000)
  expect((await customer.debit()).status).toBe(200)
})

test.each(EXCHANGES)('%s: garbage is no JSON, after the debit was made', async (exchange) => {
  await using rig = await openCustomers()
  const customer = customerAt(exchange, rig)
  await customer.lay('garbage')
  const bodies = []
  for (const reference of ['r1', 'r2', 'r3', 'r4', 'r5', 'r6']) {
    bodies.push((await customer.debit(reference)).text)
    expect(await customer.moved(reference)).toBe(1)
  }
  for (const body of bodies) expect(() => JSON.parse(body)).toThrow(SyntaxError)
  expect(bodies.some((body) => body.startsWith('<html>'))).toBe(true)
  expect(bodies.some((body) => body.startsWith('{'))).toBe(true)
})

test.each([
  ['binance', 'pending', 'PROCESS', 'SUCCESS', 1],
  ['binance', 'pending_then_failed', 'PROCESS', 'FAILURE', 0],
  ['binance', 'unknown_status', 'PROCESS', 'SUCCESS', 1],
  ['bybit', 'pending', 'PROCESSING', 'SUCCESS', 1],
  ['bybit', 'pending_then_failed', 'PROCESSING', 'FAILED', 0],
  ['bybit', 'unknown_status', 'PROCESSING', 'SUCCESS', 1],
] as const)('%s: %s says %s, then %s', async (exchange, kind, interim, end, moved) => {
  await using rig = await openCustomers()
  const customer = customerAt(exchange, rig)
  await customer.lay(kind, { delayMs: 2_000 })
  const answered = await customer.debit()
  if (exchange === 'binance') expect(answered.body['code']).toBe(-1007)
  else expect(answered.body['result']?.['status']).toBe(interim)
  expect(await customer.status()).toBe(interim)
  rig.clock.jump(2_000)
  expect(await customer.status()).toBe(end)
  expect(await customer.moved()).toBe(moved)
})

test.each(EXCHANGES)('%s: not_found_yet hides an executed debit for a while', async (exchange) => {
  await using rig = await openCustomers()
  const customer = customerAt(exchange, rig)
  await customer.lay('not_found_yet', { operation: 'look_up', delayMs: 1_000 })
  await customer.debit()
  expect(await customer.status()).toBe('not found')
  rig.clock.jump(1_000)
  expect(await customer.status()).toBe('SUCCESS')
})

test('a delay holds the call back, and Binance then checks its window again', async () => {
  const clock = createManualClock()
  await using rig = await openCustomers(clock)
  const binance = customerAt('binance', rig)
  const bybit = customerAt('bybit', rig)
  await binance.lay('delay', { delayMs: 5_001 })
  await bybit.lay('delay', { delayMs: 5_001 })
  const waiting = clock.timersSet(2)
  const late = [binance.debit(), bybit.debit()]
  await waiting
  clock.advance(5_001)
  const [atBinance, atBybit] = await Promise.all(late)
  expect(atBinance?.body['code']).toBe(-1021)
  expect(await binance.moved()).toBe(0)
  expect(atBybit?.body['result']?.['status']).toBe('SUCCESS')
})

test('a fault strikes only its wallet and operation, as often as it says', async () => {
  await using rig = await openCustomers()
  const customer = customerAt('bybit', rig)
  await customer.lay('error_5xx_before', { wallet: 'A2' })
  expect((await customer.debit('r1')).status).toBe(200)
  await customer.lay('error_5xx_before', { wallet: 'A1', times: 2 })
  const statuses = []
  for (const reference of ['r2', 'r3', 'r4'])
    statuses.push((await customer.debit(reference)).status)
  expect(statuses).toEqual([503, 503, 200])
  const { body } = await rig.control('GET', '/control/faults')
  expect(body['faults']).toMatchObject([{ wallet: 'A2', kind: 'error_5xx_before' }])
  await rig.control('DELETE', '/control/faults')
  expect((await rig.control('GET', '/control/faults')).body).toEqual({ faults: [] })
})

test('a refund suffers the faults of credits, and stays one refund', async () => {
  await using rig = await openCustomers()
  const customer = customerAt('bybit', rig)
  await customer.debit()
  await customer.lay('error_5xx_after', { operation: 'credit', times: 1 })
  const lost = await rig.bybit('POST', REFUND, refund('r1', 'f1', '400000'))
  expect(lost.status).toBe(503)
  const repeat = await rig.bybit('POST', REFUND, refund('r1', 'f1', '400000'))
  expect(repeat.body['result']?.['status']).toBe('SUCCESS')
  expect(await customer.moved('f1')).toBe(1)
})

test('the same seed makes the same choices by probability', async () => {
  const strikes = async () => {
    await using rig = await openCustomers()
    const customer = customerAt('bybit', rig)
    await customer.lay('error_5xx_before', { probability: 0.5 })
    const statuses = []
    for (const reference of ['1', '2', '3', '4', '5', '6', '7', '8']) {
      statuses.push((await customer.debit(reference)).status)
    }
    return statuses
  }
  const first = await strikes()
  expect(new Set(first)).toEqual(new Set([200, 503]))
  expect(await strikes()).toEqual(first)
})

test('a fault that is none is refused with its mistakes', async () => {
  await using rig = await openCustomers()
  const refused = await rig.control('PUT', '/control/faults', { exchange: 'kraken', kind: 'x' })
  expect(refused.status).toBe(400)
  expect(Object.keys(refused.body['mistakes'] ?? {})).toHaveLength(3)
})
