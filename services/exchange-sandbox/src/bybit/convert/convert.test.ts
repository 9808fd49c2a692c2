import { expect, test } from 'vitest'
import { createManualClock } from '../../manual-clock.ts'
import { type Rig, startSandbox } from '../../test-rig.ts'

const QUOTE = '/v5/asset/exchange/quote-apply'
const EXECUTE = '/v5/asset/exchange/convert-execute'
const RESULT = '/v5/asset/exchange/convert-result-query'

function ask(fromCoin: string, toCoin: string, requestAmount: string, more = {}) {
  const accountType = 'eb_convert_funding'
  return { accountType, fromCoin, toCoin, requestCoin: fromCoin, requestAmount, ...more }
}

async function openMarket() {
  const clock = createManualClock()
  const spread = { SANDBOX_BYBIT_CONVERT_SPREAD_BASIS_POINTS: 0 }
  const rig = await startSandbox({ SANDBOX_BYBIT_CONVERT_PER_SECOND: 1_000, ...spread }, clock)
  const pin = (symbol: string, bid: string, ask_: string) =>
    rig.control('PUT', `/control/prices/bybit/${symbol}`, { bid, ask: ask_ })
  await pin('BTCUSDT', '90000', '90010')
  await pin('USDTKZT', '480', '480.5')
  return { ...rig, clock, pin }
}

async function quote(rig: Rig, fields = ask('BTC', 'KZT', '0.1')) {
  const { body } = await rig.bybit('POST', QUOTE, fields)
  return { body, quoteTxId: body['result']?.['quoteTxId'] }
}

function result(rig: Rig, quoteTxId: unknown, accountType = 'eb_convert_funding') {
  return rig.bybit('GET', RESULT, { quoteTxId, accountType })
}

test('a quote goes through USDT at the bids, is executed once, and the result says what was given', async () => {
  await using rig = await openMarket()
  const { body, quoteTxId } = await quote(rig, ask('BTC', 'KZT', '0.1', { requestId: 'r1' }))
  expect(body).toEqual({
    retCode: 0,
    retMsg: 'ok',
    result: {
      quoteTxId: expect.stringMatching(/^\d{29}$/),
      exchangeRate: '43200000.000000000000000000',
      fromCoin: 'BTC',
      fromCoinType: 'crypto',
      toCoin: 'KZT',
      toCoinType: 'crypto',
      fromAmount: '0.1',
      toAmount: '4320000.000000000000000000',
      expiredTime: String(rig.clock.now() + 15_000),
      requestId: 'r1',
      extTaxAndFee: [],
    },
    retExtInfo: {},
    time: rig.clock.now(),
  })
  expect((await result(rig, quoteTxId)).body['retCode']).toBe(700004)
  // The price moves by less than half a percent before the quote is used.
  await rig.pin('USDTKZT', '479', '480.5')
  const executed = await rig.bybit('POST', EXECUTE, { quoteTxId })
  expect(executed.body).toMatchObject({ result: { exchangeStatus: 'processing', quoteTxId } })
  expect((await result(rig, quoteTxId)).body['result']).toEqual({
    result: {
      accountType: 'eb_convert_funding',
      exchangeTxId: quoteTxId,
      userId: '592324',
      fromCoin: 'BTC',
      fromCoinType: 'crypto',
      fromAmount: '0.1',
      toCoin: 'KZT',
      toCoinType: 'crypto',
      toAmount: '4311000',
      exchangeStatus: 'success',
      extInfo: {},
      convertRate: '43110000',
      createdAt: String(rig.clock.now()),
    },
  })
  expect((await result(rig, quoteTxId, 'eb_convert_uta')).body['retCode']).toBe(700004)
  expect((await rig.bybit('POST', EXECUTE, { quoteTxId })).body['retCode']).toBe(700009)
  rig.clock.jump(15_000)
  expect((await rig.bybit('POST', EXECUTE, { quoteTxId })).body['retCode']).toBe(700008)
  expect((await rig.control('GET', '/control/conversions')).body['conversions']).toMatchObject([
    {
      market: 'convert',
      reference: quoteTxId,
      sold: { asset: 'BTC', amount: '0.10000000' },
      bought: { asset: 'KZT', amount: '4311000.00000000' },
      fee: { asset: 'KZT', amount: '0.00000000' },
    },
  ])
})

test('a quote dies after fifteen seconds, and when the price has moved too far', async () => {
  await using rig = await openMarket()
  const { quoteTxId } = await quote(rig)
  await rig.pin('USDTKZT', '477', '480.5')
  expect((await rig.bybit('POST', EXECUTE, { quoteTxId })).body['retCode']).toBe(32024)
  await rig.pin('USDTKZT', '480', '480.5')
  rig.clock.jump(15_000)
  expect((await rig.bybit('POST', EXECUTE, { quoteTxId })).body['retCode']).toBe(700008)
  const unknown = { quoteTxId: '10100108106409340000000000000' }
  expect((await rig.bybit('POST', EXECUTE, unknown)).body['retCode']).toBe(700008)
  expect((await result(rig, quoteTxId)).body['retCode']).toBe(700004)
})

test.each([
  ['an unknown coin', ask('DOGE', 'KZT', '10'), 700013],
  ['a coin into itself', ask('BTC', 'BTC', '1'), 700013],
  ['an amount of the other coin', ask('BTC', 'KZT', '1', { requestCoin: 'KZT' }), 700002],
  ['no amount', ask('BTC', 'KZT', '0'), 700000],
  ['an unknown account', ask('BTC', 'KZT', '1', { accountType: 'FUND' }), 700000],
  ['too many decimals', ask('ETH', 'USDT', '1.000000001'), 700000],
  ['too little', ask('USDT', 'KZT', '0.999999'), 700006],
  ['too much', ask('BTC', 'USDT', '1.00000001'), 700007],
])('refuses a quote for %s', async (_what, fields, retCode) => {
  await using rig = await openMarket()
  expect((await quote(rig, fields)).body['retCode']).toBe(retCode)
})

test('funds that went between quote and execution end in failure, and one conversion goes at a time', async () => {
  await using rig = await openMarket()
  const master = { kind: 'subaccount', balances: { BTC: '1', USDT: '0' } }
  await rig.control('PUT', '/control/wallets/bybit/master', master)
  const [first, second] = [
    await quote(rig, ask('BTC', 'KZT', '0.8')),
    await quote(rig, ask('BTC', 'KZT', '0.8')),
  ]
  const fault = {
    exchange: 'bybit',
    operation: 'convert',
    kind: 'pending',
    times: 1,
    delayMs: 1_000,
  }
  await rig.control('PUT', '/control/faults', fault)
  await rig.bybit('POST', EXECUTE, { quoteTxId: first.quoteTxId })
  const blocked = await rig.bybit('POST', EXECUTE, { quoteTxId: second.quoteTxId })
  expect(blocked.body['retCode']).toBe(700021)
  const status = async (quoteTxId: unknown) =>
    (await result(rig, quoteTxId)).body['result']?.['result']?.['exchangeStatus']
  expect(await status(first.quoteTxId)).toBe('processing')
  rig.clock.advance(1_000)
  expect(await status(first.quoteTxId)).toBe('success')
  expect((await quote(rig, ask('BTC', 'KZT', '0.8'))).body['retCode']).toBe(700005)
  const late = await rig.bybit('POST', EXECUTE, { quoteTxId: second.quoteTxId })
  expect(late.body).toMatchObject({ retCode: 0, result: { exchangeStatus: 'processing' } })
  expect(await status(second.quoteTxId)).toBe('failure')
  const { body } = await rig.control('GET', '/control/conversions?after=1')
  expect(body['conversions']).toMatchObject([{ executions: 0, failure: 'BALANCE_NOT_ENOUGH' }])
})

test('the coins come with their limits, and without the one that is to be sold', async () => {
  await using rig = await openMarket()
  const read = async (fields: object) => {
    const asked = { accountType: 'eb_convert_uta', ...fields }
    const { body } = await rig.bybit('GET', '/v5/asset/exchange/query-coin-list', asked)
    return Object.values(body['result']?.['coins'] ?? {})
  }
  const all = await read({ side: '0' })
  expect(all.find((each) => JSON.stringify(each['coin']) === '"BTC"')).toEqual({
    coin: 'BTC',
    fullName: 'BTC',
    icon: '',
    iconNight: '',
    accuracyLength: 8,
    coinType: 'crypto',
    balance: '10000000',
    uBalance: '900000000000',
    timePeriod: 0,
    singleFromMinLimit: '0.001',
    singleFromMaxLimit: '1',
    singleToMinLimit: '0',
    singleToMaxLimit: '0',
    dailyFromMinLimit: '0',
    dailyFromMaxLimit: '0',
    dailyToMinLimit: '0',
    dailyToMaxLimit: '0',
    disableFrom: false,
    disableTo: false,
  })
  expect(await read({ side: '1', coin: 'BTC' })).toHaveLength(all.length - 1)
  expect(await read({ accountType: 'FUND' })).toEqual([])
})
