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
  partnerCredit,
  partnerDebit,
  payment,
  REFUND,
  type Rig,
  refund,
  startSandbox,
  TRANSFER,
  TRANSFERS,
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
  expect(tooMuch.body['retCode']).toBe(139003001)
  const duplicate = await after.binance('POST', TRANSFER, transfer('t1', '3'))
  expect(duplicate.body['code']).toBe(-4115)
  const keyed = await after.call('GET', '/api/v3/account?timestamp=1&signature=00', {
    headers: { 'x-mbx-apikey': 'kept' },
  })
  expect(keyed.body['code']).toBe(-1021)
})

test("a restart keeps a partner's accounts, their state, and every transfer", async () => {
  const url = await aDatabase()
  const clock = createManualClock()
  const before = await startOn(url, clock)
  const put = (state: string, usdt: string) =>
    before.control('PUT', '/control/wallets/partner/acc-1', { state, balances: { USDT: usdt } })
  await put('open', '7')
  const debit = await before.partner('POST', TRANSFERS, partnerDebit('d1', '3'))
  await before.partner('POST', TRANSFERS, partnerCredit('d1', 'c1', '2'))
  await put('closed', '6')
  const kept = await readBook(before)
  await before[Symbol.asyncDispose]()

  await using after = await startOn(url, clock)
  expect(await readBook(after)).toEqual(kept)
  const post = (fields: object) => after.partner('POST', TRANSFERS, { ...fields })
  expect((await post(partnerDebit('d1', '3'))).body).toEqual(debit.body)
  expect((await post(partnerDebit('d1', '4'))).body['error']).toBe('reference_reused')
  expect((await post(partnerDebit('d2', '1'))).body['error']).toBe('account_closed')
  const tooMuch = await post(partnerCredit('d1', 'c2', '1.00000001'))
  expect(tooMuch.body['error']).toBe('credit_exceeds_debit')
})

test('a restart keeps agreements, frozen deposits, conversions, quotes, keys and notices under way', async () => {
  const url = await aDatabase()
  const clock = createManualClock()
  const before = await startOn(url, clock)
  const sub = { kind: 'subaccount', balances: { USDT: '7' }, frozen: { USDT: '6' } }
  await before.control('PUT', '/control/wallets/bybit/700', sub)
  const offer = {
    merchant_id: 'M1',
    agreement_type: 'NON_CYCLE',
    scene_code: 'OTHERS',
    product_code: 'P1',
    external_agreement_no: 'E1',
    // Nobody listens there: the notice stays under way.
    notify_url: 'http://127.0.0.1:9/notify',
    period_limits: [
      { period_type: 'MONTH', amount: '5', currency: 'USDT', currency_type: 'CRYPTO' },
    ],
  }
  await before.bybit('POST', '/v5/bybitpay/agreement/sign', offer)
  await before.control('POST', '/control/agreements/E1/sign', { balances: { USDT: '3' } })
  const order = {
    category: 'spot',
    symbol: 'USDTKZT',
    side: 'Sell',
    orderType: 'Market',
    qty: '10',
  }
  await before.bybit('POST', '/v5/order/create', { ...order, orderLinkId: 'o1' })
  const asked = { fromCoin: 'BTC', toCoin: 'KZT', requestCoin: 'BTC', requestAmount: '0.5' }
  const quoted = await before.bybit('POST', '/v5/asset/exchange/quote-apply', {
    accountType: 'eb_convert_uta',
    ...asked,
  })
  const read = async (rig: Rig) => ({
    ...(await readBook(rig)),
    conversions: (await rig.control('GET', '/control/conversions')).body,
    agreements: (await rig.control('GET', '/control/agreements')).body,
    keys: (await rig.control('GET', '/control/keys')).body,
  })
  const kept = await read(before)
  await before[Symbol.asyncDispose]()

  await using after = await startOn(url, clock)
  expect(await read(after)).toEqual(kept)
  expect(kept.agreements['agreements']?.['0']).toMatchObject({ status: 'SIGNED' })
  const { body } = await after.control('GET', '/control/notices')
  expect(body['notices']).toMatchObject([{ wallet: 'E1', state: 'waiting' }])
  const again = await after.bybit('POST', '/v5/order/create', { ...order, orderLinkId: 'o1' })
  expect(again.body['retCode']).toBe(170141)
  const { quoteTxId } = quoted.body['result'] ?? {}
  const executed = await after.bybit('POST', '/v5/asset/exchange/convert-execute', { quoteTxId })
  expect(executed.body['retCode']).toBe(0)
})

test('a conversion that is not in the database yet is told of by no look-up', async () => {
  const url = await aDatabase()
  await using rig = await startOn(url)
  const asked = { fromAsset: 'USDT', toAsset: 'KZT', fromAmount: '7' }
  const quoted = await rig.binance('POST', '/sapi/v1/convert/getQuote', asked)
  const quoteId = quoted.body['quoteId'] as unknown as string
  const executioner = openExecutioner(url)
  let isTold = false
  const { accepted, found } = await executioner.runInTransaction(async (run) => {
    await run({ name: 'lock', text: 'LOCK TABLE exchange_sandbox.conversions' }, [])
    const accepting = rig.binance('POST', '/sapi/v1/convert/acceptQuote', { quoteId })
    while ((await run(WAITING_FOR_LOCK, [])).length === 0);
    const find = async () => {
      const answer = await rig.binance('GET', '/sapi/v1/convert/orderStatus', { quoteId })
      isTold = true
      return answer
    }
    const finding = find()
    for (let asks = 0; asks < 20; asks++) await rig.control('GET', '/control/conversions')
    expect(isTold).toBe(false)
    return { accepted: accepting, found: finding }
  })
  await executioner.close()
  expect((await accepted).body['orderStatus']).toBe('PROCESS')
  expect((await found).body['orderStatus']).toBe('PROCESS')
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
  const executioner = openExecutioner(url)
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

const WAITING_FOR_LOCK = {
  name: 'waiting-for-lock',
  text: `SELECT pid FROM pg_locks
         WHERE NOT granted AND relation = 'exchange_sandbox.conversions'::regclass`,
}

function openExecutioner(url: string): Postgres {
  return createPostgres({
    url,
    poolSize: 1,
    acquireTimeoutMs: 2_000,
    statementTimeoutMs: 2_000,
    lockTimeoutMs: 2_000,
    applicationName: 'executioner',
    onFault: () => {},
  })
}

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
