import { expect, test } from 'vitest'
import { createManualClock } from '../manual-clock.ts'
import { agreement, PAY, payment, REFUND, refund, startSandbox } from '../test-rig.ts'

async function openWallet() {
  const rig = await startSandbox({}, createManualClock())
  await rig.control('PUT', '/control/wallets/bybit/A1', agreement({ USDT: '1.5' }))
  return rig
}

test('a wallet is shown with its terms and whole coins, and never a secret', async () => {
  await using rig = await openWallet()
  const { body } = await rig.control('GET', '/control/wallets')
  expect(body['wallets']?.['1']).toEqual({
    exchange: 'bybit',
    wallet: 'A1',
    merchantId: 'M1',
    userId: 'U1',
    agreementType: 'NON_CYCLE',
    state: 'signed',
    singleLimit: {},
    magic: false,
    balances: { USDT: '1.500000' },
  })
  expect((await rig.call('GET', '/control/credentials')).status).toBe(404)
})

test('a wallet set again is replaced, but with ifAbsent it is kept', async () => {
  await using rig = await openWallet()
  const put = async (usdt: string, ifAbsent: boolean) => {
    const body = agreement({ USDT: usdt }, { ifAbsent })
    return (await rig.control('PUT', '/control/wallets/bybit/A1', body)).body['balances']?.['USDT']
  }
  expect(await put('9', true)).toBe('1.500000')
  expect(await put('9', false)).toBe('9.000000')
})

test('money that an exchange cannot hold is refused', async () => {
  await using rig = await openWallet()
  const put = async (path: string, body: unknown) =>
    (await rig.control('PUT', `/control/wallets/${path}`, body)).status
  expect(await put('bybit/A2', agreement({ USDT: '0.0000001' }))).toBe(400)
  expect(await put('bybit/A2', agreement({ USDT: '-1' }))).toBe(400)
  expect(await put('bybit/A2', agreement({ DOGE: '1' }))).toBe(400)
  expect(await put('bybit/A2', agreement({ ETH: '0.000000000000000001' }))).toBe(200)
  expect(await put('binance/a@b.kz', { balances: { ETH: '0.000000001' } })).toBe(400)
})

test('names and addresses that a database could not keep are refused', async () => {
  await using rig = await openWallet()
  const signed = { openUserId: 'u\u0000' }
  expect((await rig.control('POST', '/control/contracts/c1/sign', signed)).status).toBe(400)
  const portal = { url: 'http://127.0.0.1:9/\u0000' }
  expect((await rig.control('PUT', '/control/binance-pay/notice-url', portal)).status).toBe(400)
})

test('movements come in order, filtered, paged and as lines', async () => {
  await using rig = await openWallet()
  await rig.bybit('POST', PAY, payment('o1', '1000000'))
  await rig.bybit('POST', PAY, payment('o2', '200000'))
  await rig.bybit('POST', REFUND, refund('o1', 'r1', '300000'))
  const read = async (query: string) => {
    const { body } = await rig.control('GET', `/control/movements${query}`)
    return Object.values(body['movements'] ?? {}).map((each) => each['reference'])
  }
  expect(await read('')).toEqual(['o1', 'o2', 'r1'])
  expect(await read('?after=1&limit=1')).toEqual(['o2'])
  expect(await read('?reference=r1')).toEqual(['r1'])
  expect(await read('?wallet=A2')).toEqual([])
  expect(await read('?exchange=binance')).toEqual([])
  const { headers, text } = await rig.call('GET', '/control/movements', {
    headers: { accept: 'application/x-ndjson' },
  })
  expect(headers.get('content-type')).toContain('ndjson')
  const lines = text.trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line).sequence)).toEqual([1, 2, 3])
  expect(JSON.parse(lines[2] ?? '')).toMatchObject({
    kind: 'credit',
    reference: 'r1',
    originalReference: 'o1',
    amount: '0.300000',
  })
})

test('the summary counts what moved and what was executed twice', async () => {
  await using rig = await openWallet()
  const twice = { exchange: 'bybit', operation: 'debit', kind: 'execute_twice', times: 1 }
  await rig.control('PUT', '/control/faults', twice)
  await rig.bybit('POST', PAY, payment('o1', '500000'))
  await rig.bybit('POST', PAY, payment('o2', '100000'))
  await rig.bybit('POST', REFUND, refund('o2', 'r1', '40000'))
  const { body } = await rig.control('GET', '/control/movements/summary')
  expect(body).toEqual({
    totals: [
      {
        exchange: 'bybit',
        wallet: 'A1',
        asset: 'USDT',
        debits: '1.100000',
        credits: '0.040000',
        net: '1.060000',
        executedTwice: 1,
      },
    ],
  })
})

test('the admin port shows metrics and readiness', async () => {
  await using rig = await openWallet()
  const fault = { exchange: 'bybit', operation: 'debit', kind: 'error_5xx_before' }
  await rig.control('PUT', '/control/faults', fault)
  await rig.bybit('POST', PAY, payment('o1', '1'))
  const metrics = await (await fetch(`${rig.adminUrl}/metrics`)).text()
  expect(metrics).toContain('tolem_sandbox_faults_total{exchange="bybit",kind="error_5xx_before"')
  expect((await fetch(`${rig.adminUrl}/readyz`)).status).toBe(200)
})
