import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { type Answer, type Heard, openSetting, type Setting } from './testing/bank-api.ts'

const messages = { kk: '', ru: '', en: '' }
const AUTHORIZATION = 'aut_0199f2a0-0000-7000-8000-000000000001'
const INCREMENT = 'aut_0199f2a0-0000-7000-8000-000000000002'
const ADVICE = 'aut_0199f2a0-0000-7000-8000-000000000003'
const kzt = (value: string) => ({ value, currency: 'KZT' })

const ANSWERS: Readonly<Record<string, object>> = {
  'POST /v1/authorizations': {
    authorizationId: AUTHORIZATION,
    decision: 'approved',
    responseCode: '00',
    approvedAmount: kzt('12500.00'),
    messages,
  },
  'POST /v1/increments': {
    authorizationId: INCREMENT,
    decision: 'approved',
    responseCode: '00',
    messages,
  },
  'POST /v1/advices': { authorizationId: ADVICE, responseCode: '00', outcome: 'approved' },
  'POST /v1/reversals': {
    reversalId: 'rev_1',
    responseCode: '00',
    outcome: 'partially_reversed',
    releasedAmount: kzt('2500.00'),
    heldAmount: kzt('10000.00'),
  },
  'POST /v1/clearings': {
    clearingId: 'clr_1',
    responseCode: '00',
    outcome: 'cleared_beyond_hold',
    authorizationId: AUTHORIZATION,
    clearedAmount: kzt('13000.00'),
    fromHoldAmount: kzt('12500.00'),
    exposedAmount: kzt('500.00'),
    releasedAmount: kzt('0.00'),
  },
  'POST /v1/refunds': {
    refundId: 'rfd_1',
    decision: 'approved',
    responseCode: '00',
    credits: [{ exchange: 'bybit', asset: 'USDT', amount: '8.1', rate: '494', rateOf: 'original' }],
    messages,
  },
}

const answering = ({ call }: Heard): Answer => [200, ANSWERS[call] ?? {}]

let setting: Setting

beforeEach(async () => {
  setting = openSetting(onTestFinished)
  await setting.listen(answering)
})

/** The body of the last request to a call. */
function sent(call: string): Record<string, unknown> | undefined {
  return setting.heard.findLast((one) => one.call === `POST /v1/${call}`)?.body
}

test('purchase says everything that a till can say', async () => {
  const words =
    'purchase --bank halyk --amount 25.5 --currency EUR --billing 14250 --channel ecommerce ' +
    '--entry credential_on_file --recurring --preauthorization --partial --country DE --city Berlin'
  expect(await setting.run(words)).toBe(0)
  expect(sent('authorizations')).toMatchObject({
    type: 'purchase',
    transactionAmount: { value: '25.5', currency: 'EUR' },
    billingAmount: kzt('14250.00'),
    terminal: { type: 'ecommerce', entryMode: 'credential_on_file' },
    merchant: { city: 'Berlin', country: 'DE' },
    recurring: true,
    preauthorization: true,
    partialApprovalSupported: true,
  })
  expect(setting.said()).toMatch(/Type +purchase, pre-authorization, recurring/)
  expect(setting.said()).toMatch(/Amount +25\.5 EUR\n +Billed +14250\.00 KZT/)
})

test('purchase hands out cash at the till', async () => {
  await setting.run('purchase --bank halyk --amount 15000 --cashback 5000 --pin --final')
  expect(sent('authorizations')).toMatchObject({
    type: 'purchase_with_cashback',
    cashbackAmount: kzt('5000.00'),
    terminal: { type: 'pos', pinEntered: true },
    final: true,
  })
  expect(setting.said()).toMatch(/Of it in cash +5000\.00 KZT/)
})

test('purchase sends repeats and says that they got the same bytes', async () => {
  expect(await setting.run('purchase --bank halyk --amount 1 --repeat 3')).toBe(0)
  expect(setting.heard.map(({ body }) => body['repeat'])).toEqual([undefined, true, true, true])
  expect(setting.said()).toContain('3 of 3 answered the same bytes')
})

test('purchase ends with 1 when a repeat gets other bytes', async () => {
  let count = 0
  await setting.listen(({ call }) => [200, { ...ANSWERS[call], approvalCode: `${count++}` }])
  expect(await setting.run('purchase --bank halyk --amount 1 --repeat')).toBe(1)
  expect(setting.said()).toContain('1 answered OTHER bytes')
})

test('withdraw takes cash at a cash machine with PIN', async () => {
  expect(await setting.run('withdraw --bank altyn --amount 50000')).toBe(0)
  expect(setting.heard).toMatchObject([
    {
      keyId: 'altyn-demo',
      body: {
        type: 'cash_withdrawal',
        terminal: { type: 'atm', entryMode: 'chip', pinEntered: true },
        merchant: { categoryCode: '6011' },
      },
    },
  ])
})

test('verify asks for nothing, and is not what the next command is about', async () => {
  await setting.run('purchase --bank halyk --amount 12500')
  expect(await setting.run('verify --bank halyk --card card_poor')).toBe(0)
  expect(sent('authorizations')).toMatchObject({
    type: 'account_verification',
    cardToken: 'card_poor',
    transactionAmount: kzt('0.00'),
  })
  await setting.run('clear')
  expect(sent('clearings')).toMatchObject({ cardToken: 'card_rich' })
})

test('increment raises the last purchase at its own place', async () => {
  await setting.run('purchase --bank altyn --amount 12500 --merchant Rixos --mcc 7011')
  expect(await setting.run('increment --amount 700')).toBe(0)
  expect(sent('increments')).toMatchObject({
    original: { authorizationId: AUTHORIZATION },
    transactionAmount: kzt('700.00'),
    merchant: { name: 'Rixos', categoryCode: '7011' },
  })
  expect(setting.heard.at(-1)?.keyId).toBe('altyn-demo')
  expect(setting.said()).toMatch(/Increment of +12500\.00 KZT at Rixos, aut_/)
})

test('reverse lowers the hold, or undoes one increment of it', async () => {
  await setting.run('purchase --bank halyk --amount 12500')
  await setting.run('increment --amount 700')
  expect(await setting.run('reverse --to 10000')).toBe(0)
  expect(sent('reversals')).toMatchObject({
    original: { authorizationId: AUTHORIZATION },
    replacementAmount: kzt('10000.00'),
    reason: 'completed_partially',
  })
  expect(setting.said()).toMatch(/Outcome +partially_reversed/)
  expect(setting.said()).toMatch(/Released +2500\.00 KZT\n +Still held +10000\.00 KZT/)
  expect(await setting.run('reverse --last increment')).toBe(0)
  expect(sent('reversals')).toMatchObject({ original: { authorizationId: INCREMENT } })
})

test('reverse says that the machine gave no cash, from the machine', async () => {
  await setting.run('withdraw --bank halyk --amount 50000')
  await setting.run('reverse --reason no_cash_dispensed')
  expect(sent('reversals')).toMatchObject({
    reason: 'no_cash_dispensed',
    terminalId: 'TOLEM-ATM-01',
  })
  expect(sent('reversals')).not.toHaveProperty('replacementAmount')
})

test('expire ends a hold early', async () => {
  await setting.run('purchase --bank halyk --amount 12500')
  expect(await setting.run('expire')).toBe(0)
  expect(sent('reversals')).toMatchObject({
    original: { authorizationId: AUTHORIZATION },
    reason: 'authorization_expired',
  })
})

test('advise tells of a purchase that Tolem was never asked', async () => {
  expect(await setting.run('advise --bank halyk --amount 900 --merchant Arzan')).toBe(0)
  expect(sent('advices')).toMatchObject({
    decision: 'approved',
    reason: 'issuer_unavailable',
    transactionAmount: kzt('900.00'),
    merchant: { name: 'Arzan' },
  })
  expect(sent('advices')).not.toHaveProperty('original')
  await setting.run('reverse')
  expect(sent('reversals')).toMatchObject({ original: { authorizationId: ADVICE } })
})

test('advise names a purchase that was never answered by its network key', async () => {
  await setting.listen((one) => (one.call.endsWith('authorizations') ? 'hang up' : answering(one)))
  expect(await setting.run('purchase --bank halyk --amount 12500')).toBe(1)
  expect(await setting.run('advise declined --last --reason issuer_timed_out')).toBe(0)
  const asked = sent('authorizations')
  expect(sent('advices')).toMatchObject({
    decision: 'declined',
    reason: 'issuer_timed_out',
    transactionAmount: kzt('12500.00'),
    original: {
      messageKind: 'authorization',
      systemTraceAuditNumber: asked?.['systemTraceAuditNumber'],
      terminalId: 'TOLEM-POS-01',
    },
  })
})

test('clear presents what was approved, or as much as it is told', async () => {
  await setting.run('purchase --bank halyk --amount 12500')
  expect(await setting.run('clear')).toBe(0)
  expect(sent('clearings')).toMatchObject({
    original: { authorizationId: AUTHORIZATION },
    clearingAmount: kzt('12500.00'),
  })
  expect(sent('clearings')).not.toHaveProperty('last')
  expect(setting.said()).toMatch(/Outcome +cleared_beyond_hold/)
  expect(setting.said()).toMatch(/Exposed +500\.00 KZT/)
  await setting.run('clear --amount 4000 --not-last')
  expect(sent('clearings')).toMatchObject({ clearingAmount: kzt('4000.00'), last: false })
})

test('clear presents without an authorization when it is forced', async () => {
  expect(await setting.run('clear --force --bank halyk --amount 700 --card card_poor')).toBe(0)
  expect(sent('clearings')).toMatchObject({
    cardToken: 'card_poor',
    clearingAmount: kzt('700.00'),
  })
  expect(sent('clearings')).not.toHaveProperty('original')
})

test('clear asks what an authorization came to that this home did not send', async () => {
  await setting.listen((one) =>
    one.call.startsWith('GET') ? [200, aRecord('9000.00')] : answering(one),
  )
  expect(await setting.run(`clear --id ${AUTHORIZATION}`)).toBe(0)
  expect(sent('clearings')).toMatchObject({
    cardToken: 'card_poor',
    clearingAmount: kzt('9000.00'),
  })
})

test('refund gives back what was approved, or credits without an original', async () => {
  await setting.run('purchase --bank halyk --amount 12500')
  expect(await setting.run('refund --amount 4000')).toBe(0)
  expect(sent('refunds')).toMatchObject({
    original: { authorizationId: AUTHORIZATION },
    refundAmount: kzt('4000.00'),
  })
  expect(setting.said()).toMatch(/Decision +APPROVED/)
  expect(setting.said()).toMatch(/Credited +8\.1 USDT at bybit, 1 USDT = 494 \(original\)/)
  expect(await setting.run('refund --unmatched --bank altyn --amount 100')).toBe(0)
  expect(sent('refunds')).not.toHaveProperty('original')
})

test('refund ends with 2 when it is declined', async () => {
  await setting.run('purchase --bank halyk --amount 12500')
  const reason = 'refund_exceeds_original'
  await setting.listen(() => [
    200,
    { refundId: 'rfd_1', decision: 'declined', responseCode: '13', reason, messages },
  ])
  expect(await setting.run('refund --amount 99999')).toBe(2)
  expect(setting.said()).toMatch(/Decision +DECLINED\n +Reason +refund_exceeds_original/)
})

test.for([
  ['increment', "required option '--amount <kzt>'"],
  ['clear --force --bank halyk', '--force needs --bank and --amount'],
  ['refund --unmatched --amount 5', '--unmatched needs --bank and --amount'],
  ['advise --bank halyk', 'Give --amount, or name the message'],
  ['advise perhaps --last', 'Allowed choices are approved, declined'],
  ['clear --force --last', 'cannot be used with'],
  ['reverse --last increment', 'No increment was made from this home'],
  ['purchase --bank halyk --amount 5 --currency EURO', 'three capital letters'],
  ['purchase --bank halyk --amount 5 --channel fax', 'Allowed choices are pos, atm'],
  ['purchase --bank halyk --amount 5 --final --preauthorization', 'cannot be used with'],
  ['withdraw --bank halyk --amount 5 --repeat 0', 'Write a whole number from 1 to 100'],
] as const)('"%s" ends with 1 and sends nothing', async ([words, sentence]) => {
  expect(await setting.run(words)).toBe(1)
  expect(setting.said()).toContain(sentence)
  expect(setting.heard).toEqual([])
})

function aRecord(amount: string): object {
  return {
    authorizationId: AUTHORIZATION,
    kind: 'authorization',
    type: 'purchase',
    cardToken: 'card_poor',
    state: 'approved',
    final: false,
    billingAmount: kzt(amount),
    receivedAt: '2026-11-22T10:04:05.100Z',
    increments: [],
    exposures: [],
    clearings: [],
    refunds: [],
    movements: [],
    events: [],
  }
}
