import { createSecretKey } from 'node:crypto'
import { expect, test } from 'vitest'
import { splitSignature } from './binance/gate.ts'
import { isSignedBy } from './credentials.ts'
import { createManualClock } from './manual-clock.ts'
import { agreement, PAY, payment, signBybit, startSandbox, TRANSFER, transfer } from './test-rig.ts'

const BINANCE_SECRET = createSecretKey(
  Buffer.from('NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j'),
)
const REST = 'quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559'

test.each([
  [
    'a query',
    `symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&${REST}`,
    '',
    'c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71',
  ],
  [
    'a query of other letters',
    `symbol=%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96&side=BUY&type=LIMIT&timeInForce=GTC&${REST}`,
    '',
    'e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3',
  ],
  [
    'a query and a body',
    'symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC',
    REST,
    '0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77',
  ],
])("Binance's published signature over %s verifies", (_what, query, body, signature) => {
  const sent = body === '' ? { query, body: '' } : { query, body: `${body}&signature=${signature}` }
  if (body === '') sent.query = `${query}&signature=${signature}`
  const signed = splitSignature(sent)
  expect(signed?.signature).toBe(signature)
  expect(isSignedBy(BINANCE_SECRET, signed?.payload ?? '', signature)).toBe(true)
  expect(isSignedBy(BINANCE_SECRET, signed?.payload ?? '', signature.toUpperCase())).toBe(true)
  expect(isSignedBy(BINANCE_SECRET, `${signed?.payload}0`, signature)).toBe(false)
})

test.each([
  [
    '1658384313791XXXXXXXXXX5000category=option&symbol=BTC-29JUL22-25000-C',
    'b3a13cbd6f9de0ad7ece696645a98000281be3558716624cfca03debd2f24574',
  ],
  [
    '1658385578423XXXXXXXXXX5000{"category":"option"}',
    'a04dea33a62e644897b14c6ff458db428b9c2424b5cb785c9586490ccaca24af',
  ],
])("Bybit's recorded signature over %s verifies", (payload, signature) => {
  const key = createSecretKey(Buffer.from('XXXXXXXXXX'))
  expect(isSignedBy(key, payload, signature)).toBe(true)
})

test('Binance refuses a missing key, an unknown key, a wrong signature and a time outside the window', async () => {
  const clock = createManualClock()
  await using rig = await startSandbox({}, clock)
  await rig.control('PUT', '/control/wallets/binance/ann@example.kz', { balances: { USDT: '5' } })
  const noKey = await rig.call('GET', '/api/v3/account?timestamp=1&signature=00')
  expect([noKey.status, noKey.body['code']]).toEqual([401, -2014])
  const unknown = await rig.call('GET', '/api/v3/account?timestamp=1&signature=00', {
    headers: { 'x-mbx-apikey': 'nobody' },
  })
  expect([unknown.status, unknown.body['code']]).toEqual([401, -2015])
  const unsigned = await rig.call('GET', `/api/v3/account?timestamp=${clock.now()}&signature=00`, {
    headers: { 'x-mbx-apikey': 'binance-key' },
  })
  expect([unsigned.status, unsigned.body['code']]).toEqual([400, -1022])
  const at = (timestamp: number) => ({ timestamp: String(timestamp) })
  const send = (timestamp: number) =>
    rig.binance('POST', TRANSFER, transfer('t', '1', at(timestamp)))
  const late = await send(clock.now() - 5_001)
  expect([late.status, late.body['code']]).toEqual([400, -1021])
  const early = await send(clock.now() + 1_000)
  expect([early.status, early.body['code']]).toEqual([400, -1021])
  expect((await send(clock.now() - 5_000)).status).toBe(200)
})

test('Bybit refuses an unknown key, a wrong signature and a time outside the window', async () => {
  const clock = createManualClock()
  await using rig = await startSandbox({}, clock)
  await rig.control('PUT', '/control/wallets/bybit/A1', agreement({ USDT: '5' }))
  const body = JSON.stringify(payment('o', '1000000'))
  const send = async (headers: Record<string, string>) =>
    (await rig.call('POST', PAY, { body, headers })).body['retCode']
  const good = signBybit(body, clock.now())
  expect(await send({ ...good, 'x-bapi-api-key': 'nobody' })).toBe(139005004)
  expect(await send({ ...good, 'x-bapi-sign': '00' })).toBe(139005002)
  expect(await send(signBybit(body, clock.now() - 5_001))).toBe(139005003)
  expect(await send(signBybit(body, clock.now() + 1_000))).toBe(139005003)
  expect(await send(signBybit(body, clock.now() - 5_000))).toBe(20000)
})
