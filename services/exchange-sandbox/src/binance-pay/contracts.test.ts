import { expect, test } from 'vitest'
import {
  CONTRACT,
  CONTRACT_ID,
  CONTRACT_QUERY,
  contract,
  openContract,
  startPay,
  TERMINATION,
  word,
} from './test-pay.ts'

const HOUR_MS = 3_600_000

test('a contract is asked for with exactly the documented fields, and asked again it is the same', async () => {
  await using rig = await startPay()
  const asked = await rig.pay(CONTRACT, contract('code1'))
  expect([asked.status, asked.body['status'], asked.body['code']]).toEqual([
    200,
    'SUCCESS',
    '000000',
  ])
  expect(Object.keys(asked.body['data'] ?? {})).toEqual([
    'merchantId',
    'preContractId',
    'contractEndTime',
    'requestExpireTime',
    'qrContent',
    'qrcodeLink',
    'deeplink',
  ])
  rig.clock.jump(1_000)
  const again = await rig.pay(CONTRACT, contract('code1'))
  expect(again.text).toBe(asked.text)
  const other = await rig.pay(CONTRACT, contract('code1', { singleUpperLimit: 51 }))
  expect([other.status, other.body['code']]).toEqual([400, '400102'])
})

test('a signed contract tells its id as a bare number beyond 2^53, and an unsigned one tells none', async () => {
  await using rig = await startPay()
  await rig.pay(CONTRACT, contract('code1', { merchantAccountNo: 'ann' }))
  const unsigned = await rig.pay(CONTRACT_QUERY, { merchantContractCode: 'code1' })
  expect(unsigned.body['data']).toEqual({
    bizStatus: 'INITIAL',
    merchantContractCode: 'code1',
    serviceName: 'Tolem card',
    merchantAccountNo: 'ann',
    singleUpperLimit: 50,
    currency: 'USDT',
  })
  const signed = await rig.control('POST', '/control/contracts/code1/sign', {
    balances: { USDT: '7' },
    openUserId: 'u1',
  })
  expect(signed.status).toBe(200)
  const { text } = await rig.pay(CONTRACT_QUERY, { merchantContractCode: 'code1' })
  expect(text).toContain('"contractId":205638372306477057,"openUserId":"u1"')
  expect(text).toContain('"singleUpperLimit":50.00000000')
  const byId = await rig.pay(CONTRACT_QUERY, '{"contractId":205638372306477057}')
  expect(byId.text).toBe(text)
  expect((await rig.pay(CONTRACT_QUERY, { contractId: '205638372306477057' })).text).toBe(text)
})

test('a contract that was opened under an id of the caller’s choice keeps it', async () => {
  await using rig = await startPay()
  const next = '205638372306477059'
  await rig.control('PUT', `/control/wallets/binance/${next}`, {
    kind: 'contract',
    merchantContractCode: 'chosen',
    currency: 'USDT',
    singleUpperLimit: '50',
    balances: {},
  })
  for (const code of ['code1', 'code2']) await rig.pay(CONTRACT, contract(code))
  const { contracts } = (await rig.control('GET', '/control/contracts')).body
  const ids = Object.values(contracts ?? {}).map((each) => [
    each['merchantContractCode'],
    each['contractId'],
  ])
  expect(ids).toEqual([
    ['chosen', next],
    ['code1', '205638372306477058'],
    ['code2', '205638372306477060'],
  ])
})

test('the page behind the links signs or refuses, once', async () => {
  await using rig = await startPay()
  const data = (await rig.pay(CONTRACT, contract('code1', { serviceName: '<b>x</b>' }))).body[
    'data'
  ]
  const path = new URL(word(data?.['qrcodeLink'])).pathname
  const page = await rig.call('GET', path)
  expect(page.text).toContain('&#60;b&#62;x&#60;/b&#62;')
  expect(page.text.match(/<form/g)).toHaveLength(2)
  const signed = await rig.call('POST', `${path}/sign`, {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  expect(signed.text).toContain('CONTRACT_SIGNED')
  expect(signed.text).not.toContain('<form')
  const wallets = (await rig.control('GET', '/control/wallets')).text
  expect(wallets).toContain('"wallet":"205638372306477057","balances":{"USDT":"1000.00000000"}')
  expect((await rig.control('POST', '/control/contracts/code1/refuse')).status).toBe(409)
})

test('a refused request stays INITIAL until its time is over, and cannot be signed', async () => {
  await using rig = await startPay()
  await rig.pay(CONTRACT, contract('code1'))
  await rig.control('POST', '/control/contracts/code1/refuse')
  expect((await rig.control('POST', '/control/contracts/code1/sign')).status).toBe(409)
  const status = async () =>
    (await rig.pay(CONTRACT_QUERY, { merchantContractCode: 'code1' })).body['data']?.['bizStatus']
  expect(await status()).toBe('INITIAL')
  rig.clock.jump(HOUR_MS)
  expect(await status()).toBe('CONTRACT_EXPIRED')
})

test.each([
  ['a call of the merchant', 3],
  ['the user', 0],
  ['the operation team', 2],
  ['time', 1],
])('a contract ended by %s says so', async (_who, way) => {
  await using rig = await startPay()
  await openContract(rig)
  if (way === 3) {
    const ended = await rig.pay(TERMINATION, { contractId: CONTRACT_ID, terminationNotes: 'x' })
    expect(ended.body['data']).toBe(true)
  } else if (way === 1) rig.clock.jump(1_095 * 24 * HOUR_MS)
  else {
    const by = way === 0 ? 'user' : 'operations'
    await rig.control('POST', '/control/contracts/c1/terminate', { by })
  }
  const { body } = await rig.pay(CONTRACT_QUERY, { merchantContractCode: 'c1' })
  expect(body['data']).toMatchObject({
    bizStatus: 'CONTRACT_TERMINATED',
    contractTerminationWay: way,
    contractTerminationTime: rig.clock.now(),
  })
  const again = await rig.pay(TERMINATION, { contractId: CONTRACT_ID })
  expect([again.status, again.body['code']]).toEqual([409, '406212'])
})

test('a signed contract may end as CONTRACT_EXPIRED', async () => {
  await using rig = await startPay()
  await openContract(rig)
  await rig.control('POST', '/control/contracts/c1/expire')
  const { body } = await rig.pay(CONTRACT_QUERY, { contractId: CONTRACT_ID })
  expect(body['data']?.['bizStatus']).toBe('CONTRACT_EXPIRED')
})

test.each([
  ['no code', { merchantContractCode: undefined }, '400100'],
  ['a code of 33 letters', { merchantContractCode: 'c'.repeat(33) }, '400101'],
  ['a code with a dash', { merchantContractCode: 'a-b' }, '400103'],
  ['tenge', { currency: 'KZT' }, '400102'],
  ['nine decimals', { singleUpperLimit: '0.000000001' }, '400102'],
  ['a limit beyond what was negotiated', { singleUpperLimit: '10000.00000001' }, '400102'],
  ['a period without its cycle', { periodic: true }, '400102'],
  ['a term of more than 1095 days', { contractEndTime: 1_900_000_000_000 }, '400102'],
])('refuses a contract with %s', async (_what, fields, code) => {
  await using rig = await startPay()
  const refused = await rig.pay(CONTRACT, contract('code1', fields))
  expect([refused.status, refused.body['status'], refused.body['code']]).toEqual([
    400,
    'FAIL',
    code,
  ])
  const known = await rig.pay(CONTRACT_QUERY, { merchantContractCode: 'code1' })
  expect([known.status, known.body['code']]).toEqual([404, '406207'])
})
