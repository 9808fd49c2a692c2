import { expect, test } from 'vitest'
import { createManualClock } from '../../manual-clock.ts'
import { BYBIT_KEY, type Rig, SECRET, startSandbox } from '../../test-rig.ts'

const TRANSFER = '/v5/asset/transfer/universal-transfer'
const LIST = '/v5/asset/transfer/query-universal-transfer-list'
const COINS = '/v5/asset/transfer/query-account-coins-balance'
const COIN = '/v5/asset/transfer/query-account-coin-balance'
const MASTER_UID = 592_324
const ANN = 533_285

function uuid(number: number): string {
  return `be7a2462-1138-4e27-80b1-${String(number).padStart(12, '0')}`
}

function transfer(number: number, amount: string, more: Record<string, unknown> = {}) {
  return {
    transferId: uuid(number),
    coin: 'USDT',
    amount,
    fromMemberId: ANN,
    toMemberId: MASTER_UID,
    fromAccountType: 'FUND',
    toAccountType: 'FUND',
    ...more,
  }
}

async function openMembers(config = {}) {
  const clock = createManualClock()
  const limits = {
    SANDBOX_BYBIT_TRANSFER_PER_SECOND: 100,
    SANDBOX_BYBIT_TRANSFER_LIST_PER_SECOND: 100,
  }
  const rig = await startSandbox({ ...limits, ...config }, clock)
  const wallet = { kind: 'subaccount', balances: { USDT: '100', BTC: '1' }, frozen: { BTC: '0.9' } }
  await rig.control('PUT', `/control/wallets/bybit/${ANN}`, wallet)
  await rig.control('PUT', '/control/wallets/bybit/700', { kind: 'subaccount', balances: {} })
  return { ...rig, clock }
}

async function balance(rig: Rig, memberId: number, coin = 'USDT'): Promise<unknown> {
  const { body } = await rig.bybit('GET', COIN, { memberId, coin, accountType: 'FUND' })
  return body['result']?.['balance']?.['walletBalance']
}

async function list(rig: Rig, fields: Record<string, unknown> = {}) {
  const { body } = await rig.bybit('GET', LIST, fields)
  return Object.values(body['result']?.['list'] ?? {})
}

test('a transfer answers with the documented fields, moves the money and is listed with its long id', async () => {
  await using rig = await openMembers()
  const moved = await rig.bybit('POST', TRANSFER, transfer(1, '0.500000'))
  expect(moved.body).toEqual({
    retCode: 0,
    retMsg: 'success',
    result: { transferId: uuid(1), status: 'SUCCESS' },
    retExtInfo: {},
    time: rig.clock.now(),
  })
  expect(moved.headers.get('x-bapi-limit')).toBe('100')
  expect(moved.headers.get('x-bapi-limit-status')).toBe('99')
  expect([await balance(rig, ANN), await balance(rig, MASTER_UID)]).toEqual(['99.5', '10000000.5'])
  const entry = {
    transferId: `universalTransfer_${uuid(1)}_${ANN}`,
    coin: 'USDT',
    amount: '0.5',
    timestamp: String(rig.clock.now()),
    status: 'SUCCESS',
    fromAccountType: 'FUND',
    toAccountType: 'FUND',
    fromMemberId: String(ANN),
    toMemberId: String(MASTER_UID),
  }
  expect(await list(rig, { transferId: uuid(1) })).toEqual([entry])
  expect(await list(rig, { transferId: entry.transferId })).toEqual([entry])
  expect(await list(rig, { transferId: uuid(2) })).toEqual([])
})

test('a transferId is used once for ever, either way, and stays free when the money is not there', async () => {
  await using rig = await openMembers()
  expect((await rig.bybit('POST', TRANSFER, transfer(1, '101'))).body['retCode']).toBe(131212)
  expect((await rig.bybit('POST', TRANSFER, transfer(1, '1'))).body['retCode']).toBe(0)
  expect((await rig.bybit('POST', TRANSFER, transfer(1, '2'))).body['retCode']).toBe(131214)
  const back = { fromMemberId: MASTER_UID, toMemberId: ANN }
  expect((await rig.bybit('POST', TRANSFER, transfer(1, '1', back))).body['retCode']).toBe(131214)
  expect((await rig.bybit('POST', TRANSFER, transfer(2, '1', back))).body['retCode']).toBe(0)
  expect(await balance(rig, ANN)).toBe('100')
  expect((await list(rig)).map((each) => each['fromMemberId'])).toEqual(['592324', '533285'])
})

test('a frozen deposit is shown in the balance, not in the safe amount, and cannot be moved', async () => {
  await using rig = await openMembers()
  const ask = { memberId: ANN, coin: 'BTC', accountType: 'FUND', withTransferSafeAmount: 1 }
  expect((await rig.bybit('GET', COIN, ask)).body['result']).toEqual({
    accountType: 'FUND',
    bizType: 1,
    accountId: '533285',
    memberId: '533285',
    balance: {
      coin: 'BTC',
      walletBalance: '1',
      transferBalance: '1',
      bonus: '',
      transferSafeAmount: '0.1',
      ltvTransferSafeAmount: '',
    },
  })
  const move = async (number: number, amount: string) =>
    (await rig.bybit('POST', TRANSFER, transfer(number, amount, { coin: 'BTC' }))).body['retCode']
  expect(await move(1, '0.10000001')).toBe(131228)
  expect(await move(2, '1.1')).toBe(131212)
  expect(await move(3, '0.1')).toBe(0)
  const { body } = await rig.bybit('GET', COINS, { memberId: ANN, accountType: 'FUND' })
  expect(body['result']).toEqual({
    memberId: '533285',
    accountType: 'FUND',
    balance: [
      { coin: 'USDT', transferBalance: '100', walletBalance: '100', bonus: '' },
      { coin: 'BTC', transferBalance: '0.9', walletBalance: '0.9', bonus: '' },
    ],
  })
  const unified = await rig.bybit('GET', COINS, { memberId: ANN, accountType: 'UNIFIED' })
  expect(unified.body['retCode']).toBe(131203)
})

test.each([
  ['an unknown member', { fromMemberId: 999 }, 131207],
  ['a member id as text', { fromMemberId: '533285' }, 131202],
  ['the same member', { toMemberId: ANN }, 131208],
  ['two sub-accounts', { toMemberId: 700 }, 131209],
  ['too many decimals', { amount: '0.0000001' }, 131210],
  ['an amount of nothing', { amount: '0' }, 131215],
  ['a negative amount', { amount: '-1' }, 131215],
  ['an unknown coin', { coin: 'usdt' }, 131203],
  ['an unknown account type', { toAccountType: 'SPOT' }, 131203],
  ['an id that is no UUID', { transferId: 'o1' }, 131203],
])('refuses %s', async (_what, fields, retCode) => {
  await using rig = await openMembers()
  const refused = await rig.bybit('POST', TRANSFER, transfer(1, '1', fields))
  expect(refused.status).toBe(200)
  expect(refused.body).toMatchObject({ retCode, result: {} })
  expect(await list(rig)).toEqual([])
})

test('a sixth transfer in a second is told 10006, and the seventh day is the last in a list', async () => {
  await using rig = await openMembers({ SANDBOX_BYBIT_TRANSFER_PER_SECOND: 5 })
  for (let number = 1; number <= 5; number++) {
    expect((await rig.bybit('POST', TRANSFER, transfer(number, '1'))).body['retCode']).toBe(0)
  }
  const over = await rig.bybit('POST', TRANSFER, transfer(6, '1'))
  expect([over.status, over.body['retCode']]).toEqual([200, 10006])
  expect(over.headers.get('x-bapi-limit-status')).toBe('0')
  expect(over.headers.get('x-bapi-limit-reset-timestamp')).toBe(String(rig.clock.now() + 1_000))
  const sent = rig.clock.now()
  rig.clock.jump(7 * 86_400_000)
  expect(await list(rig)).toHaveLength(5)
  rig.clock.jump(1_000)
  expect(await list(rig)).toHaveLength(0)
  expect(await list(rig, { transferId: uuid(1) })).toHaveLength(0)
  expect(await list(rig, { startTime: sent + 999, endTime: sent + 999 })).toHaveLength(5)
  const tooLong = { startTime: sent, endTime: sent + 7 * 86_400_000 + 1_000 }
  expect((await rig.bybit('GET', LIST, tooLong)).body['retCode']).toBe(131203)
})

test('a list comes in pages by cursor until an empty one', async () => {
  await using rig = await openMembers()
  for (let number = 1; number <= 5; number++)
    await rig.bybit('POST', TRANSFER, transfer(number, '1'))
  const seen: unknown[] = []
  let cursor = ''
  do {
    const { body } = await rig.bybit('GET', LIST, { limit: 2, cursor })
    seen.push(Object.values(body['result']?.['list'] ?? {}).map((each) => each['transferId']))
    cursor = body['result']?.['nextPageCursor'] as unknown as string
  } while (cursor !== '')
  const long = (number: number) => `universalTransfer_${uuid(number)}_${ANN}`
  expect(seen).toEqual([[long(5), long(4)], [long(3), long(2)], [long(1)]])
  expect((await rig.bybit('GET', LIST, { limit: 51 })).body['retCode']).toBe(131203)
})

test.each([
  ['pending', 'PENDING', 'SUCCESS', '99'],
  ['pending_then_failed', 'PENDING', 'FAILED', '100'],
  ['unknown_status', 'STATUS_UNKNOWN', 'SUCCESS', '99'],
])('under %s a transfer is %s, then %s', async (kind, first, end, left) => {
  await using rig = await openMembers()
  const fault = { exchange: 'bybit', operation: 'debit', wallet: String(ANN), kind, times: 1 }
  await rig.control('PUT', '/control/faults', fault)
  const moved = await rig.bybit('POST', TRANSFER, transfer(1, '1'))
  expect(moved.body).toMatchObject({ retCode: 0, result: { status: first } })
  expect((await list(rig))[0]).toMatchObject({ status: 'PENDING' })
  rig.clock.advance(3_000)
  expect((await list(rig, { status: end }))[0]).toMatchObject({ status: end })
  expect(await balance(rig, ANN)).toBe(left)
})

test.each([
  ['insufficient', 131212, 0],
  ['duplicate_code', 131214, 1],
  ['error_5xx_after', 10016, 1],
  ['error_5xx_before', 10016, 0],
  ['too_many_requests', 10006, 0],
])(
  'the fault %s answers %i in the words of V5, after %i executions',
  async (kind, retCode, moved) => {
    await using rig = await openMembers()
    const fault = { exchange: 'bybit', operation: 'debit', kind, times: 1 }
    await rig.control('PUT', '/control/faults', fault)
    expect((await rig.bybit('POST', TRANSFER, transfer(1, '1'))).body['retCode']).toBe(retCode)
    expect(await list(rig)).toHaveLength(moved)
  },
)

test('a list that lags does not show a transfer yet, and a wrong echo shows another amount', async () => {
  await using rig = await openMembers()
  await rig.bybit('POST', TRANSFER, transfer(1, '1'))
  const lay = (kind: string) =>
    rig.control('PUT', '/control/faults', {
      exchange: 'bybit',
      operation: 'look_up',
      wallet: String(ANN),
      kind,
      delayMs: 2_000,
      times: 1,
    })
  await lay('not_found_yet')
  expect(await list(rig, { transferId: uuid(1) })).toEqual([])
  await lay('wrong_echo')
  expect((await list(rig, { transferId: uuid(1) }))[0]).toMatchObject({ amount: '1.000001' })
})

test('a sub-account’s key sends only its own money, and sees only its own', async () => {
  await using rig = await openMembers()
  await rig.bybit('POST', TRANSFER, transfer(1, '1'))
  const restrict = (restrictions: object) =>
    rig.control('PUT', '/control/credentials', {
      exchange: 'bybit',
      apiKey: BYBIT_KEY,
      secret: SECRET,
      restrictions,
    })
  await restrict({ isMaster: false, userID: 700 })
  expect((await rig.bybit('POST', TRANSFER, transfer(2, '1'))).body['retCode']).toBe(131227)
  expect(await list(rig)).toEqual([])
  expect(await balance(rig, ANN)).toBeUndefined()
  await restrict({ isMaster: false, userID: ANN })
  expect((await rig.bybit('POST', TRANSFER, transfer(2, '1'))).body['retCode']).toBe(0)
  expect(await list(rig)).toHaveLength(2)
  await restrict({ readOnly: 1 })
  expect((await rig.bybit('POST', TRANSFER, transfer(3, '1'))).body['retCode']).toBe(10005)
  await restrict({ permissions: { Spot: ['SpotTrade'] } })
  expect((await rig.bybit('POST', TRANSFER, transfer(3, '1'))).body['retCode']).toBe(10005)
})

test('a key says what it may do and from where, as its credential has it', async () => {
  await using rig = await openMembers()
  const ask = async () => (await rig.bybit('GET', '/v5/user/query-api')).body['result']
  expect(await ask()).toMatchObject({
    readOnly: 0,
    ips: ['127.0.0.1'],
    isMaster: true,
    parentUid: '0',
    userID: MASTER_UID,
    permissions: { Wallet: ['AccountTransfer', 'SubMemberTransfer'], Earn: [] },
  })
  await rig.control('PUT', '/control/credentials', {
    exchange: 'bybit',
    apiKey: BYBIT_KEY,
    secret: SECRET,
    restrictions: { ips: ['*'], permissions: { Wallet: ['Withdraw'] } },
  })
  expect(await ask()).toMatchObject({ ips: ['*'], permissions: { Wallet: ['Withdraw'] } })
  const unsigned = await rig.call('GET', '/v5/user/query-api')
  expect(unsigned.body['retCode']).toBe(10003)
})
