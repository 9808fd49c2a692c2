import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { openSetting, type Setting } from './testing/bank-api.ts'

const messages = { kk: '', ru: '', en: '' }
const kzt = (value: string) => ({ value, currency: 'KZT' })
const listed = (id: string) => ({
  authorizationId: id,
  kind: 'authorization',
  type: 'purchase',
  cardToken: 'card_rich',
  state: 'approved',
  final: false,
  billingAmount: kzt('12500.00'),
  openAmount: kzt('2500.00'),
  receivedAt: '2026-11-22T10:04:05.100Z',
})

let setting: Setting

beforeEach(() => {
  setting = openSetting(onTestFinished)
})

test('balance asks at a cash machine and shows what each asset would buy', async () => {
  await setting.listen(() => [
    200,
    {
      decision: 'approved',
      responseCode: '00',
      available: kzt('990000.00'),
      assets: [{ exchange: 'bybit', asset: 'USDT', amount: '2000', available: kzt('990000.00') }],
      notCounted: [{ exchange: 'bybit', asset: 'TON', reason: 'rate_unavailable' }],
      messages,
    },
  ])
  expect(await setting.run('balance --bank halyk')).toBe(0)
  expect(setting.heard).toMatchObject([
    {
      call: 'POST /v1/balance-inquiries',
      body: { cardToken: 'card_rich', terminal: { type: 'atm', pinEntered: true } },
    },
  ])
  expect(setting.heard[0]?.body).not.toHaveProperty('transactionAmount')
  expect(setting.said()).toMatch(/Available +990000\.00 KZT/)
  expect(setting.said()).toMatch(/bybit +USDT +2000 +990000\.00 KZT/)
  expect(setting.said()).toContain('TON at bybit: rate_unavailable')
})

test('balance ends with 2 when it is declined', async () => {
  const reason = 'card_frozen'
  await setting.listen(() => [200, { decision: 'declined', responseCode: '62', reason, messages }])
  expect(await setting.run('balance --bank halyk')).toBe(2)
  expect(setting.said()).toMatch(/Decision +DECLINED\n +Reason +card_frozen/)
})

test('list reads pages until it has as many as were asked for', async () => {
  await setting.listen(({ call }) => {
    const page = Number(/cursor=(\d+)/.exec(call)?.[1] ?? 0)
    const authorizations = [listed(`aut_${page}a`), listed(`aut_${page}b`)]
    return [200, { authorizations, nextCursor: String(page + 1) }]
  })
  expect(await setting.run('list --bank altyn --most 3 --state approved --card card_rich')).toBe(0)
  expect(setting.heard.map(({ call }) => call)).toEqual([
    'GET /v1/authorizations?cardToken=card_rich&state=approved&limit=3',
    'GET /v1/authorizations?cardToken=card_rich&state=approved&limit=3&cursor=1',
  ])
  expect(setting.said()).toMatch(
    /2026-11-22 15:04:05 +authorization +purchase +approved +12500\.00 +2500\.00 +aut_0a/,
  )
  expect(setting.said().match(/aut_../g)).toEqual(['aut_0a', 'aut_0b', 'aut_1a'])
})

test('list prints one JSON line for each', async () => {
  await setting.listen(() => [200, { authorizations: [listed('aut_1'), listed('aut_2')] }])
  expect(await setting.run('list --bank halyk --json')).toBe(0)
  const lines = setting.said().trim().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toEqual([listed('aut_1'), listed('aut_2')])
})

test('list ends with 1 when a page cannot be read', async () => {
  const problem = { type: '', title: 'Some fields are not valid.', status: 422, responseCode: '30' }
  await setting.listen(() => [422, problem])
  expect(await setting.run('list --bank halyk --from yesterday')).toBe(1)
  expect(setting.said()).toContain('Some fields are not valid. (422)')
  await setting.listen(() => 'hang up')
  expect(await setting.run('list --bank halyk')).toBe(1)
  expect(setting.said()).toContain('Tolem does not answer at')
})

test('echo says that Tolem is there', async () => {
  await setting.listen(({ body }) => [
    200,
    { echoId: body['echoId'], responseCode: '00', serverTime: '2026-11-22T10:04:05.100Z' },
  ])
  expect(await setting.run('echo --bank altyn')).toBe(0)
  expect(setting.heard).toMatchObject([{ call: 'POST /v1/echo', keyId: 'altyn-demo' }])
  expect(setting.said()).toMatch(/Echo +HEARD/)
})

test('echo ends with 1 when somebody else’s id comes back', async () => {
  await setting.listen(() => [200, { echoId: 'x', responseCode: '00', serverTime: '' }])
  expect(await setting.run('echo')).toBe(1)
})
