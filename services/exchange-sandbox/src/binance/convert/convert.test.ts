import { expect, test } from 'vitest'
import { createManualClock } from '../../manual-clock.ts'
import { startSandbox } from '../../test-rig.ts'

const CONVERT = '/sapi/v1/convert'

async function openConvert() {
  const clock = createManualClock()
  const rig = await startSandbox({}, clock)
  const pin = (symbol: string, bid: string, ask: string) =>
    rig.control('PUT', `/control/prices/binance/${symbol}`, { bid, ask })
  await pin('USDTKZT', '474.10', '474.30')
  await pin('BTCUSDT', '90000', '90010')
  const quote = (more: Record<string, string> = {}) =>
    rig.binance('POST', `${CONVERT}/getQuote`, {
      fromAsset: 'USDT',
      toAsset: 'KZT',
      ...('toAmount' in more ? {} : { fromAmount: '100' }),
      ...more,
    })
  const accept = (quoteId: unknown) =>
    rig.binance('POST', `${CONVERT}/acceptQuote`, { quoteId: quoteId as string })
  const find = (params: Record<string, string>) =>
    rig.binance('GET', `${CONVERT}/orderStatus`, params)
  const lay = (kind: string, more = {}) =>
    rig.control('PUT', '/control/faults', {
      exchange: 'binance',
      operation: 'convert',
      kind,
      times: 1,
      ...more,
    })
  const balance = async (asset: string) => {
    const { balances } = (await rig.binance('GET', '/api/v3/account')).body as unknown as {
      balances: { asset: string; free: string }[]
    }
    return balances.find((each) => each.asset === asset)?.free
  }
  return { ...rig, clock, pin, quote, accept, find, lay, balance }
}

test('a quote is accepted once, and its order is told by a bare number beyond 2^53', async () => {
  await using rig = await openConvert()
  const quoted = await rig.quote()
  expect(quoted.headers.get('x-sapi-used-uid-weight-1m')).toBe('200')
  expect(quoted.body).toEqual({
    quoteId: '12415572565',
    ratio: '473.6259',
    inverseRatio: '0.002111371',
    validTimestamp: rig.clock.now() + 10_000,
    toAmount: '47362.59',
    fromAmount: '100',
  })
  const accepted = await rig.accept('12415572565')
  expect(accepted.headers.get('x-sapi-used-uid-weight-1m')).toBe('500')
  expect(accepted.body).toEqual({
    orderId: '933256278426274001',
    createTime: rig.clock.now(),
    orderStatus: 'PROCESS',
  })
  const process = await rig.find({ quoteId: '12415572565' })
  expect(process.text).toBe(
    '{"orderId":933256278426274001,"orderStatus":"PROCESS","fromAsset":"USDT","fromAmount":"100",' +
      '"toAsset":"KZT","toAmount":"47362.59","ratio":"473.6259","inverseRatio":"0.002111371",' +
      `"createTime":${rig.clock.now()}}`,
  )
  rig.clock.jump(300)
  const done = await rig.find({ orderId: '933256278426274001' })
  expect(done.body['orderStatus']).toBe('SUCCESS')
  expect(await rig.balance('USDT')).toBe('9999900.00000000')
  expect(await rig.balance('KZT')).toBe('10000047362.59000000')
  const again = await rig.accept('12415572565')
  expect([again.status, again.body['code']]).toEqual([400, 345_231])
  expect(await rig.balance('USDT')).toBe('9999900.00000000')
})

test('the pairs tell their bounds, and a quote outside of them is refused', async () => {
  await using rig = await openConvert()
  const pairs = await rig.call('GET', `${CONVERT}/exchangeInfo?toAsset=KZT`)
  expect(pairs.headers.get('x-sapi-used-ip-weight-1m')).toBe('3000')
  expect(Object.values(pairs.body).map((pair) => pair['fromAsset'])).toEqual([
    'USDT',
    'USDC',
    'BTC',
    'ETH',
    'SOL',
    'TON',
  ])
  expect(pairs.body['2']).toEqual({
    fromAsset: 'BTC',
    toAsset: 'KZT',
    fromAssetMinAmount: '0.00001111',
    fromAssetMaxAmount: '55.55555556',
    toAssetMinAmount: '474.2',
    toAssetMaxAmount: '2371000000',
  })
  expect((await rig.quote({ fromAmount: '0.99999999' })).body['code']).toBe(345_104)
  expect((await rig.quote({ fromAmount: '5000000.1' })).body['code']).toBe(345_104)
})

test.each([
  [undefined, 10_000],
  ['30s', 30_000],
  ['1m', 60_000],
])('a quote of %s is gone after %i ms', async (validTime, validMs) => {
  await using rig = await openConvert()
  const ask = () => rig.quote(validTime === undefined ? {} : { validTime })
  const kept = (await ask()).body['quoteId']
  rig.clock.jump(validMs - 1)
  expect((await rig.accept(kept)).status).toBe(200)
  const lost = (await ask()).body['quoteId']
  rig.clock.jump(validMs)
  expect((await rig.accept(lost)).body['code']).toBe(345_231)
  expect((await rig.find({ quoteId: lost as unknown as string })).body['code']).toBe(-2013)
})

test('without enough funds there is a quote without an id', async () => {
  await using rig = await openConvert()
  await rig.control('PUT', '/control/wallets/binance/master', { balances: { USDT: '1000' } })
  const { body, status } = await rig.quote({ fromAmount: '1000.00000001' })
  expect(status).toBe(200)
  expect(Object.keys(body)).not.toContain('quoteId')
  expect(body['fromAmount']).toBe('1000.00000001')
})

test('funds that are gone when a quote is accepted fail its order', async () => {
  await using rig = await openConvert()
  const { quoteId } = (await rig.quote()).body
  await rig.control('PUT', '/control/wallets/binance/master', { balances: { USDT: '99' } })
  expect((await rig.accept(quoteId)).body['orderStatus']).toBe('PROCESS')
  rig.clock.jump(300)
  expect((await rig.find({ quoteId: '12415572565' })).body['orderStatus']).toBe('FAIL')
  expect(await rig.balance('USDT')).toBe('99.00000000')
})

test('a pair without a book of its own goes over USDT, and back at the other price', async () => {
  await using rig = await openConvert()
  const sold = (await rig.quote({ fromAsset: 'BTC', fromAmount: '0.1' })).body
  expect(sold['toAmount']).toBe('4262633.1')
  const bought = (await rig.quote({ fromAsset: 'KZT', toAsset: 'BTC', toAmount: '0.1' })).body
  expect(bought).toMatchObject({ fromAmount: '4273447.74774775', toAmount: '0.1' })
  expect((await rig.quote({ toAsset: 'USDT' })).body['code']).toBe(345_103)
})

test.each([
  ['an unknown asset', { toAsset: 'DOGE' }, -1102],
  ['no amount', { fromAmount: '' }, -1102],
  ['another validity', { validTime: '5m' }, -1102],
  ['another wallet', { walletType: 'MARGIN' }, -1102],
])('refuses a quote of %s', async (_what, fields, code) => {
  await using rig = await openConvert()
  const refused = await rig.quote(fields)
  expect([refused.status, refused.body['code']]).toEqual([400, code])
})

test('a key without trading is not authorized to convert', async () => {
  await using rig = await openConvert()
  const restrictions = { enableSpotAndMarginTrading: false }
  const key = { exchange: 'binance', apiKey: 'binance-key', secret: 'a secret', restrictions }
  await rig.control('PUT', '/control/credentials', key)
  expect((await rig.quote()).body['code']).toBe(-1002)
})

test.each([
  ['error_5xx_before', 503, 0],
  ['error_5xx_after', 503, 1],
  ['duplicate_code', 400, 1],
  ['execute_twice', 200, 2],
] as const)('%s answers an acceptance %i', async (kind, status, sold) => {
  await using rig = await openConvert()
  const { quoteId } = (await rig.quote()).body
  await rig.lay(kind)
  expect((await rig.accept(quoteId)).status).toBe(status)
  expect(await rig.balance('USDT')).toBe(`${10_000_000 - 100 * sold}.00000000`)
  const found = await rig.find({ quoteId: '12415572565' })
  expect(found.body['orderStatus']).toBe(sold === 0 ? undefined : 'PROCESS')
})
