import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readDemoFile } from '@tolem/client/demo-file'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { openSetting, type Setting } from './testing/bank-api.ts'

const messages = { kk: '', ru: '', en: '' }
const AUTHORIZATION = 'aut_0199f2a0-0000-7000-8000-000000000001'
const approved = {
  authorizationId: AUTHORIZATION,
  decision: 'approved',
  responseCode: '00',
  approvalCode: '7K2M9Q',
  messages,
}
const declined = {
  authorizationId: AUTHORIZATION,
  decision: 'declined',
  responseCode: '51',
  reason: 'insufficient_funds',
  messages,
}
const notFound = {
  type: '/problems/not_found',
  title: 'Nothing here.',
  status: 404,
  responseCode: '30',
}
const record = {
  authorizationId: AUTHORIZATION,
  kind: 'authorization',
  type: 'purchase',
  cardToken: 'card_rich',
  state: 'approved',
  final: false,
  billingAmount: { value: '12500.00', currency: 'KZT' },
  receivedAt: '2026-11-22T10:04:05.100Z',
  reversalId: 'rev_1',
  approvedAmount: { value: '12500.00', currency: 'KZT' },
  openAmount: { value: '0.00', currency: 'KZT' },
  closedAs: 'reversed',
  answer: approved,
  increments: [],
  exposures: [],
  clearings: [],
  refunds: [],
  movements: [
    {
      kind: 'debit',
      purpose: 'authorization',
      reference: 'tmd01abc',
      exchange: 'bybit',
      asset: 'USDT',
      amount: '25.65',
      state: 'executed',
    },
  ],
  events: [{ kind: 'debit_executed', occurredAt: '2026-11-22T10:04:05.128Z' }],
}

let setting: Setting

beforeEach(() => {
  setting = openSetting(onTestFinished)
})

test('purchase sends a signed purchase and ends with 0 when it is approved', async () => {
  await setting.listen(() => [200, approved])
  expect(
    await setting.run('purchase --bank halyk --amount 12500 --merchant Arzan --mcc 5812'),
  ).toBe(0)
  expect(setting.said()).toContain('APPROVED')
  expect(setting.heard).toMatchObject([
    {
      call: 'POST /v1/authorizations',
      keyId: 'halyk-demo',
      body: {
        cardToken: 'card_rich',
        transactionAmount: { value: '12500.00', currency: 'KZT' },
        merchant: { name: 'Arzan', categoryCode: '5812' },
      },
    },
  ])
})

test('purchase ends with 2 when it is declined', async () => {
  await setting.listen(() => [200, declined])
  expect(await setting.run('purchase --bank halyk --amount 1.00 --card card_poor')).toBe(2)
  expect(setting.said()).toContain('DECLINED')
  expect(setting.heard[0]?.body).toMatchObject({ cardToken: 'card_poor' })
})

test('purchase ends with 1 when there is no decision', async () => {
  await setting.listen(() => [404, notFound])
  expect(await setting.run('purchase --bank halyk --amount 1.00')).toBe(1)
  expect(setting.said()).toContain('PROBLEM')
})

test('purchase prints what a program can read', async () => {
  await setting.listen(() => [200, approved])
  expect(await setting.run('purchase --bank halyk --amount 1.00 --json')).toBe(0)
  expect(JSON.parse(setting.said())).toMatchObject({
    request: { transactionAmount: { value: '1.00', currency: 'KZT' } },
    result: { kind: 'decided', answer: approved },
    roundTripMs: expect.any(Number),
  })
})

test.for([
  ['purchase --bank halyk --amount 12,5', 'Write tenge as digits with a point'],
  ['purchase --bank halyk --amount -1', 'Write tenge as digits with a point'],
  ['purchase --bank halyk --amount 1.005', 'two decimals'],
  ['purchase --bank halyk', "required option '--amount <amount>'"],
  ['purchase --bank sber --amount 1.00', 'There is no demo bank "sber". There are: halyk, altyn.'],
  ['purchase --bank halyk --amount 1.00 --mcc 12', 'four digits'],
  ['purchase --bank halyk --amount 1.00 --url halyk', 'Write an address such as'],
  ['reverse', 'No purchase was made from this home.'],
  ['reverse --last --reason boredom', 'customer_cancellation'],
  ['card --bank halyk --card card_poor --status frozen', 'Give the whole card: --from'],
  ['load --bank halyk --rate 0', 'Write a number from 0.1 to 20000.'],
  ['load --bank halyk --rate 1000 --seconds 3600', 'Ask for 400000 at most.'],
  ['capture', "unknown command 'capture'"],
] as const)('"%s" ends with 1 and says "%s"', async ([words, sentence]) => {
  await setting.listen(() => [200, approved])
  expect(await setting.run(words)).toBe(1)
  expect(setting.said()).toContain(sentence)
  expect(setting.heard).toEqual([])
})

test('says to start Tolem when there is no demo file', async () => {
  expect(await setting.run('rates')).toBe(1)
  expect(setting.said()).toContain('Start Tolem first: npm start')
})

test('reverse undoes the last purchase', async () => {
  await setting.listen(({ call }) =>
    call.endsWith('reversals')
      ? [200, { reversalId: 'rev_1', responseCode: '00', outcome: 'reversed' }]
      : [200, approved],
  )
  await setting.run('purchase --bank altyn --amount 1.00')
  expect(await setting.run('reverse')).toBe(0)
  expect(setting.said()).toMatch(/Outcome +reversed/)
  expect(setting.heard[1]).toMatchObject({
    keyId: 'altyn-demo',
    body: { original: { authorizationId: AUTHORIZATION }, reason: 'customer_cancellation' },
  })
})

test('reverse names a purchase that was never answered by its network key', async () => {
  await setting.listen(({ call }) =>
    call.endsWith('reversals')
      ? [200, { reversalId: 'rev_1', responseCode: '00', outcome: 'recorded_before_original' }]
      : 'hang up',
  )
  expect(await setting.run('purchase --bank halyk --amount 1.00')).toBe(1)
  expect(await setting.run('reverse --last')).toBe(0)
  const [purchase, reversal] = setting.heard
  const { acquirerId, systemTraceAuditNumber, retrievalReferenceNumber, localDateTime, terminal } =
    purchase?.body ?? {}
  expect(reversal?.body).toMatchObject({
    original: {
      acquirerId,
      terminalId: (terminal as { id: string }).id,
      systemTraceAuditNumber,
      retrievalReferenceNumber,
      localDateTime,
    },
    reason: 'no_response',
  })
})

test('reverse finds out whose an authorization is', async () => {
  await setting.listen(({ call, keyId }) => {
    if (call.startsWith('POST'))
      return [200, { reversalId: 'rev_1', responseCode: '00', outcome: 'reversed' }]
    return keyId === 'altyn-demo' ? [200, record] : [404, notFound]
  })
  expect(await setting.run(`reverse --id ${AUTHORIZATION}`)).toBe(0)
  expect(setting.heard.at(-1)).toMatchObject({ call: 'POST /v1/reversals', keyId: 'altyn-demo' })
})

test('show tells the story of an authorization', async () => {
  await setting.listen(({ keyId }) => (keyId === 'altyn-demo' ? [200, record] : [404, notFound]))
  expect(await setting.run(`show ${AUTHORIZATION}`)).toBe(0)
  expect(setting.said()).toMatch(/Asked for +purchase of 12500\.00 KZT/)
  expect(setting.said()).toMatch(/State +approved, reversed/)
  expect(setting.said()).toMatch(/Still held +0\.00 KZT\n +Closed as +reversed/)
  expect(setting.said()).toMatch(/debit +authorization +25\.65 USDT +bybit +executed +tmd01abc/)
  expect(setting.said()).toMatch(/2026-11-22 15:04:05 +\+28 ms +debit executed/)
})

test('show says that no bank knows an authorization', async () => {
  await setting.listen(() => [404, notFound])
  expect(await setting.run(`show ${AUTHORIZATION}`)).toBe(1)
  expect(setting.said()).toContain('is known to halyk, altyn')
})

test('card puts the whole card with the changes, and remembers it', async () => {
  await setting.listen(({ body }) => [200, { cardToken: 'card_rich', version: 2, ...body }])
  expect(await setting.run('card --bank halyk --status frozen --daily 100000.00')).toBe(0)
  const frozen = {
    status: 'frozen',
    expiresOn: '2029-12',
    limits: { dailyAmount: { value: '100000.00', currency: 'KZT' } },
  }
  expect(setting.heard).toMatchObject([{ call: 'PUT /v1/cards/card_rich', body: frozen }])
  expect(readDemoFile(join(setting.home, 'demo.json')).banks[0]?.cards[0]?.card).toEqual(frozen)
  expect(await setting.run('card --bank halyk --daily none')).toBe(0)
  expect(setting.heard[1]?.body).toEqual({ ...frozen, limits: {} })
  expect(await setting.run('card --bank halyk')).toBe(0)
  expect(setting.said()).toMatch(/Status +frozen[\s\S]*A day +no limit/)
  expect(setting.heard).toHaveLength(2)
})

test('card takes a whole card from a file', async () => {
  await setting.listen(({ body }) => [200, { cardToken: 'card_poor', version: 1, ...body }])
  const path = join(setting.home, 'card.json')
  writeFileSync(path, '{"status": "active", "expiresOn": "2030-01"}')
  expect(await setting.run(`card --bank halyk --card card_poor --from ${path}`)).toBe(0)
  expect(setting.heard[0]).toMatchObject({ body: { status: 'active', expiresOn: '2030-01' } })
})

test('rates shows each rate and its state', async () => {
  const rate = { exchange: 'bybit', pair: 'USDT/KZT', observedAt: '', ageMs: 310 }
  const rates = [
    { ...rate, state: 'safe', bid: '494.9', ask: '495.3' },
    { ...rate, state: 'stale', pair: 'BTC/KZT' },
  ]
  await setting.listen(() => [200, { maximumAgeMs: 5000, rates }])
  expect(await setting.run('rates')).toBe(0)
  expect(setting.said()).toMatch(/bybit +USDT\/KZT +safe +494\.9 +495\.3 +310 ms/)
  expect(setting.said()).toMatch(/bybit +BTC\/KZT +stale +- +- +310 ms/)
})

test('load sends what was planned, and ends with 0 when repeats agree', async () => {
  await setting.listen(({ call }) =>
    call.endsWith('reversals')
      ? [200, { reversalId: 'rev_1', responseCode: '00', outcome: 'reversed' }]
      : [200, approved],
  )
  expect(
    await setting.run('load --bank all --rate 40 --seconds 1 --repeats 100 --reversals 100'),
  ).toBe(0)
  const purchases = setting.heard.filter(({ call }) => call.endsWith('authorizations'))
  expect(purchases.filter(({ body }) => !body['repeat'])).toHaveLength(40)
  expect(purchases.filter(({ body }) => body['repeat'])).toHaveLength(40)
  expect(setting.heard.filter(({ call }) => call.endsWith('reversals'))).toHaveLength(40)
  expect(setting.said()).toContain('40 answered the same bytes, 0 not compared')
  expect(setting.said()).toMatch(/Other bytes +0/)
})

test('load ends with 1 when a repeat gets other bytes', async () => {
  await setting.listen(({ body }) => [200, body['repeat'] ? declined : approved])
  expect(await setting.run('load --bank halyk --rate 10 --seconds 1 --repeats 100')).toBe(1)
  expect(setting.said()).toMatch(/Other bytes +10/)
})
