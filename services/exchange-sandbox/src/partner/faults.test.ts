import { expect, test } from 'vitest'
import { createManualClock } from '../manual-clock.ts'
import { partnerCredit, partnerDebit, startSandbox, TRANSFERS } from '../test-rig.ts'

async function openAccount() {
  const clock = createManualClock()
  const rig = await startSandbox({}, clock)
  await rig.control('PUT', '/control/wallets/partner/acc-1', { balances: { USDT: '10' } })
  return {
    ...rig,
    clock,
    lay: (kind: string, more: object = {}) =>
      rig.control('PUT', '/control/faults', {
        exchange: 'partner',
        operation: 'debit',
        kind,
        ...more,
      }),
    debit: (reference = 'r1') => rig.partner('POST', TRANSFERS, partnerDebit(reference, '1')),
    status: async (reference = 'r1') => {
      const { body } = await rig.partner('GET', `/v1/transfers/${reference}`)
      return body['transfer']?.['status'] ?? body['error']
    },
    moved: async () => {
      const { body } = await rig.control('GET', '/control/movements?exchange=partner')
      return Object.keys(body['movements'] ?? {}).length
    },
  }
}

test.each([
  ['reset_before', 0],
  ['reset_after', 1],
] as const)('%s cuts the connection after %i executions', async (kind, moved) => {
  await using rig = await openAccount()
  await rig.lay(kind, { times: 1 })
  await expect(rig.debit()).rejects.toThrow(/fetch failed/)
  expect([await rig.moved(), await rig.status()]).toEqual([
    moved,
    moved === 1 ? 'executed' : 'not_found',
  ])
})

test.each([
  ['timeout_before', 0],
  ['timeout_after', 1],
] as const)('%s never answers, after %i executions', async (kind, moved) => {
  await using rig = await openAccount()
  await rig.lay(kind, { times: 1 })
  const outcome = rig.debit().then(
    () => 'answered',
    () => 'no answer',
  )
  while ((await rig.control('GET', '/control/faults')).text !== '{"faults":[]}');
  expect(await rig.moved()).toBe(moved)
  await rig[Symbol.asyncDispose]()
  expect(await outcome).toBe('no answer')
})

test.each([
  ['error_5xx_before', 503, { error: 'unavailable' }, 0],
  ['error_5xx_after', 503, { error: 'unavailable' }, 1],
  ['too_many_requests', 429, { error: 'rate_limited' }, 0],
  ['ban', 403, { error: 'banned' }, 0],
  ['insufficient', 409, { error: 'insufficient_funds' }, 0],
  ['duplicate_code', 200, { transfer: { status: 'executed' } }, 1],
  ['unknown_status', 200, { transfer: { status: 'pending' } }, 1],
  ['wrong_echo', 200, { transfer: { amount: '1.00000001' } }, 1],
  ['execute_twice', 200, { transfer: { status: 'executed' } }, 2],
] as const)('%s answers %i', async (kind, status, body, moved) => {
  await using rig = await openAccount()
  await rig.lay(kind, { times: 1 })
  const answered = await rig.debit()
  expect([answered.status, await rig.moved()]).toEqual([status, moved])
  expect(answered.body).toMatchObject(body)
})

test('duplicate_code that executes nothing says that the reference is taken', async () => {
  await using rig = await openAccount()
  await rig.lay('duplicate_code', { executes: false, times: 1 })
  const { status, body } = await rig.debit()
  expect([status, body['error'], await rig.moved()]).toEqual([409, 'reference_reused', 0])
})

test.each([
  ['pending', 'executed', 1],
  ['pending_then_failed', 'refused', 0],
] as const)('%s ends as %s', async (kind, end, moved) => {
  await using rig = await openAccount()
  await rig.lay(kind, { delayMs: 2_000 })
  expect((await rig.debit()).body['transfer']?.['status']).toBe('pending')
  expect(await rig.status()).toBe('pending')
  rig.clock.jump(2_000)
  expect([await rig.status(), await rig.moved()]).toEqual([end, moved])
  const { body } = await rig.partner('GET', '/v1/transfers/r1')
  const reason = end === 'refused' ? 'insufficient_funds' : undefined
  expect(body['transfer']?.['reason']).toBe(reason)
})

test('not_found_yet hides an executed debit for a while', async () => {
  await using rig = await openAccount()
  await rig.lay('not_found_yet', { operation: 'look_up', delayMs: 1_000 })
  await rig.debit()
  expect(await rig.status()).toBe('not_found')
  rig.clock.jump(1_000)
  expect(await rig.status()).toBe('executed')
})

test('a request that was held back beyond its expiry is not executed', async () => {
  await using rig = await openAccount()
  await rig.lay('delay', { delayMs: 1_001 })
  const waiting = rig.clock.timersSet(1)
  const late = rig.debit()
  await waiting
  rig.clock.advance(1_001)
  expect((await late).body['error']).toBe('expired')
  expect([await rig.moved(), await rig.status()]).toEqual([0, 'not_found'])
})

test('garbage is no JSON, after the debit was made', async () => {
  await using rig = await openAccount()
  await rig.lay('garbage')
  for (const reference of ['r1', 'r2', 'r3']) {
    const { text } = await rig.debit(reference)
    expect(() => JSON.parse(text)).toThrow(SyntaxError)
  }
  expect(await rig.moved()).toBe(3)
})

test('a ban closes every door until it ends, and is told in whole seconds', async () => {
  await using rig = await openAccount()
  await rig.lay('ban', { delayMs: 59_500 })
  expect((await rig.debit()).headers.get('retry-after')).toBe('60')
  expect((await rig.call('GET', '/v1/time')).status).toBe(403)
  rig.clock.jump(59_500)
  expect((await rig.debit()).status).toBe(200)
})

test('credits, balances and prices have faults of their own', async () => {
  await using rig = await openAccount()
  await rig.debit('d1')
  await rig.lay('error_5xx_after', { operation: 'credit', times: 1 })
  const credit = () => rig.partner('POST', TRANSFERS, partnerCredit('d1', 'c1', '1'))
  expect((await credit()).status).toBe(503)
  expect((await credit()).body['transfer']?.['status']).toBe('executed')
  expect(await rig.moved()).toBe(2)
  await rig.lay('wrong_echo', { operation: 'balances' })
  const { body } = await rig.partner('GET', '/v1/accounts/acc-1/balances')
  expect(body['balances']).toEqual([{ asset: 'USDT', available: '10.00000001' }])
  await rig.lay('wrong_echo', { operation: 'prices' })
  const books = (await rig.partner('GET', '/v1/books?pairs=BTC/USDT')).body['books']
  expect(books?.['0']?.['pair']).toBe('BTC/USDTX')
})

test("a drifting clock is the partner's own: it judges by it and tells it", async () => {
  await using rig = await openAccount()
  await rig.lay('clock_drift', { delayMs: 5_000 })
  expect((await rig.call('GET', '/v1/time')).body).toEqual({ time: rig.clock.now() + 5_000 })
  expect((await rig.debit()).body['error']).toBe('expired')
  await rig.lay('clock_drift', { delayMs: -5_000 })
  expect((await rig.debit()).body['error']).toBe('timestamp_invalid')
})
