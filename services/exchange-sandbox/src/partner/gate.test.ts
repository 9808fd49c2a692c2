import { expect, test } from 'vitest'
import { createManualClock } from '../manual-clock.ts'
import {
  PARTNER_KEY,
  partnerDebit,
  SECRET,
  signPartner,
  startSandbox,
  TRANSFERS,
} from '../test-rig.ts'

async function openAccount() {
  const clock = createManualClock()
  const rig = await startSandbox({}, clock)
  const send = (headers: Record<string, string>, body = BODY) =>
    rig.call('POST', TRANSFERS, { headers, body })
  await rig.control('PUT', '/control/wallets/partner/acc-1', { balances: { USDT: '10' } })
  return { ...rig, clock, send }
}

const WORKED_BODY =
  '{"reference":"tmd010000000000000000000000001","kind":"debit","account":"acc-1","asset":"USDT","amount":"12.5"}'

const BODY = JSON.stringify(partnerDebit('r1', '1'))
const REQUEST = { method: 'POST', path: TRANSFERS, body: BODY }

test("the document's worked example is executed, to the byte", async () => {
  await using rig = await startSandbox({}, createManualClock(1_767_780_000_000))
  const key = { exchange: 'partner', apiKey: 'demo', secret: 'partner-demo-secret' }
  await rig.control('PUT', '/control/credentials', key)
  await rig.control('PUT', '/control/wallets/partner/acc-1', { balances: { USDT: '20' } })
  const { status, body } = await rig.call('POST', TRANSFERS, {
    body: WORKED_BODY,
    headers: {
      'Partner-Key': 'demo',
      'Partner-Timestamp': '1767780000000',
      'Partner-Expires': '1767780000700',
      'Partner-Signature': '1a51d6d6fbf549cab7b191c3d4ac0d131d0eab99fefb0b96207e5e30a77e9155',
    },
  })
  expect(status).toBe(200)
  expect(body).toEqual({
    transfer: {
      id: 't-1',
      reference: 'tmd010000000000000000000000001',
      kind: 'debit',
      account: 'acc-1',
      asset: 'USDT',
      amount: '12.5',
      status: 'executed',
      at: 1_767_780_000_000,
    },
  })
})

test('an unknown key and a signature that is not exactly right are refused', async () => {
  await using rig = await openAccount()
  const good = signPartner(REQUEST, rig.clock.now())
  const refused = async (headers: Record<string, string>, body?: string) => {
    const answer = await rig.send({ ...good, ...headers }, body)
    return [answer.status, answer.body['error']]
  }
  expect(await refused({ 'partner-key': 'nobody' })).toEqual([401, 'key_unknown'])
  const signature = good['partner-signature'] ?? ''
  const wrong = ['', '00', signature.toUpperCase(), `${signature}zz`, signature.slice(1)]
  for (const each of wrong) {
    expect(await refused({ 'partner-signature': each })).toEqual([401, 'signature_invalid'])
  }
  expect(await refused({}, BODY.replace('"1"', '"2"'))).toEqual([401, 'signature_invalid'])
  const later = { 'partner-expires': String(rig.clock.now() + 1_001) }
  expect(await refused(later)).toEqual([401, 'signature_invalid'])
  const other = signPartner({ ...REQUEST, path: '/v1/transfers?' }, rig.clock.now())
  expect(await refused(other)).toEqual([401, 'signature_invalid'])
  expect((await rig.send(good)).status).toBe(200)
})

test('a time from the future, an end that has passed and one too far away are refused', async () => {
  await using rig = await openAccount()
  const now = rig.clock.now()
  const send = async (timestamp: number, expires: number) => {
    const { status, body } = await rig.send(signPartner(REQUEST, timestamp, expires))
    return status === 200 ? 200 : body['error']
  }
  expect(await send(now + 1_001, now + 2_000)).toBe('timestamp_invalid')
  expect(await send(now, now + 60_001)).toBe('timestamp_invalid')
  expect(await send(now - 1_000, now - 1)).toBe('expired')
  expect(await send(Number.NaN, now)).toBe('timestamp_invalid')
  expect(await send(now, Number.NaN)).toBe('timestamp_invalid')
  expect(await send(now - 60_000, now)).toBe(200)
  expect(await send(now + 1_000, now + 61_000)).toBe(200)
})

test('a key does what its permissions say, and tells them to anybody who has it', async () => {
  await using rig = await openAccount()
  const restrict = (restrictions: object) =>
    rig.control('PUT', '/control/credentials', {
      exchange: 'partner',
      apiKey: PARTNER_KEY,
      secret: SECRET,
      restrictions,
    })
  const told = { permissions: ['transfer', 'read'], addresses: ['127.0.0.1'] }
  expect((await rig.partner('GET', '/v1/key')).body).toEqual(told)
  await restrict({ permissions: ['read'], addresses: [] })
  expect((await rig.partner('GET', '/v1/key')).body).toEqual({
    permissions: ['read'],
    addresses: [],
  })
  const debit = await rig.partner('POST', TRANSFERS, partnerDebit('r1', '1'))
  expect([debit.status, debit.body['error']]).toEqual([403, 'permission_missing'])
  expect((await rig.partner('GET', '/v1/accounts/acc-1/balances')).status).toBe(200)
  await restrict({ permissions: ['transfer'] })
  for (const path of ['/v1/transfers/r1', '/v1/accounts/acc-1/balances'])
    expect((await rig.partner('GET', path)).body['error']).toBe('permission_missing')
})

test('only the time and the books are told without a key', async () => {
  await using rig = await openAccount()
  expect((await rig.call('GET', '/v1/time')).body).toEqual({ time: rig.clock.now() })
  const books = await rig.call('GET', '/v1/books?pairs=BTC/USDT')
  expect([books.status, books.body['books']?.['0']?.['pair']]).toEqual([200, 'BTC/USDT'])
  for (const path of ['/v1/key', '/v1/transfers/r1'])
    expect((await rig.call('GET', path)).body['error']).toBe('key_unknown')
})
