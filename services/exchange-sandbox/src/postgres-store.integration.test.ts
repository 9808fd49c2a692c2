import {
  type EmbeddedPostgres,
  ensureDatabase,
  startDisposablePostgres,
} from '@tolem/postgres/embedded'
import { createPostgres, type Postgres } from '@tolem/postgres/pool'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Clock, systemClock } from './clock.ts'
import { createManualClock } from './manual-clock.ts'
import {
  agreement,
  PAY,
  payment,
  REFUND,
  type Rig,
  refund,
  startSandbox,
  TRANSFER,
  transfer,
} from './test-rig.ts'

let server: EmbeddedPostgres
let databases = 0

beforeAll(async () => {
  server = await startDisposablePostgres()
})
afterAll(() => server.stop())

async function aDatabase(): Promise<string> {
  databases += 1
  return ensureDatabase(server.tcpUrl, `sandbox_${databases}`)
}

function startOn(url: string, clock: Clock = createManualClock()): Promise<Rig> {
  const generous = { SANDBOX_BYBIT_PAY_PER_AGREEMENT_PER_SECOND: 100_000 }
  return startSandbox({ SANDBOX_DATABASE_URL: url, ...generous }, clock)
}

async function openAgreement(rig: Rig): Promise<void> {
  const terms = agreement({ USDT: '100' }, { singleLimit: { USDT: '50' } })
  await rig.control('PUT', '/control/wallets/bybit/A1', terms)
}

async function readBook(rig: Rig) {
  const read = async (path: string) => (await rig.control('GET', path)).body
  return { wallets: await read('/control/wallets'), movements: await read('/control/movements') }
}

test('a restart keeps wallets, movements, references and keys', async () => {
  const url = await aDatabase()
  const before = await startOn(url)
  await openAgreement(before)
  const balances = { USDT: '7', BTC: '0.5' }
  await before.control('PUT', '/control/wallets/binance/ann@example.kz', { balances })
  const key = { exchange: 'binance', apiKey: 'kept', secret: 's', restrictions: {} }
  await before.control('PUT', '/control/credentials', key)
  const paid = await before.bybit('POST', PAY, payment('o1', '2000000'))
  await before.bybit('POST', REFUND, refund('o1', 'r1', '1500000'))
  await before.binance('POST', TRANSFER, transfer('t1', '3'))
  const kept = await readBook(before)
  await before[Symbol.asyncDispose]()

  await using after = await startOn(url)
  expect(await readBook(after)).toEqual(kept)
  expect((await after.bybit('POST', PAY, payment('o1', '2000000'))).body).toEqual(paid.body)
  const tooMuch = await after.bybit('POST', REFUND, refund('o1', 'r2', '500001'))
  expect(tooMuch.body['retCode']).toBe(139003002)
  const duplicate = await after.binance('POST', TRANSFER, transfer('t1', '3'))
  expect(duplicate.body['code']).toBe(-4115)
  const keyed = await after.call('GET', '/api/v3/account?timestamp=1&signature=00', {
    headers: { 'x-mbx-apikey': 'kept' },
  })
  expect(keyed.body['code']).toBe(-1021)
})

test('a wallet set again forgets the assets that it no longer has', async () => {
  const url = await aDatabase()
  const before = await startOn(url)
  const put = (balances: Record<string, string>) =>
    before.control('PUT', '/control/wallets/binance/ann@example.kz', { balances })
  await put({ USDT: '7', BTC: '0.5' })
  await Promise.all([before.binance('POST', TRANSFER, transfer('t1', '3')), put({ USDT: '9' })])
  const kept = await readBook(before)
  await before[Symbol.asyncDispose]()
  await using after = await startOn(url)
  expect(await readBook(after)).toEqual(kept)
})

test('every answered payment is in the database, though its connections are cut again and again', async () => {
  const url = await aDatabase()
  const rig = await startOn(url, systemClock)
  await openAgreement(rig)
  const executioner = createPostgres({
    url,
    poolSize: 1,
    acquireTimeoutMs: 2_000,
    statementTimeoutMs: 2_000,
    lockTimeoutMs: 2_000,
    applicationName: 'executioner',
    onFault: () => {},
  })
  const pay = async (outTradeNo: string) => {
    const { body } = await rig.bybit('POST', PAY, payment(outTradeNo, '1000'))
    expect(body['result']?.['status']).toBe('SUCCESS')
  }
  for (let wave = 0; wave < 8; wave++) {
    const payments = Array.from({ length: 25 }, (_, number) => pay(`${wave}-${number}`))
    await cutConnections(executioner)
    await Promise.all([...payments, cutConnections(executioner)])
  }
  const kept = await readBook(rig)
  await rig[Symbol.asyncDispose]()
  await executioner.close()

  await using after = await startOn(url)
  const found = await readBook(after)
  expect(found).toEqual(kept)
  expect(Object.keys(found.movements['movements'] ?? {})).toHaveLength(200)
  expect(found.wallets['wallets']?.['1']?.['balances']?.['USDT']).toBe('99.800000')
})

async function cutConnections(executioner: Postgres): Promise<void> {
  await executioner.run(
    {
      name: 'cut-connections',
      text: `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE application_name = 'tolem exchange-sandbox' AND datname = current_database()`,
    },
    [],
  )
}
