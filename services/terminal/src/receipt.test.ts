import type { Result } from '@tolem/client/result'
import type { AuthorizationAnswer } from '@tolem/wire/authorization'
import { expect, test } from 'vitest'
import { purchaseBody } from './messages/sale.ts'
import { renderReceipt } from './receipt.ts'
import { createPaint } from './shell.ts'

const body = purchaseBody(
  { cardToken: 'card_rich', amount: '12500.00', merchantName: 'Magnum', categoryCode: '5411' },
  {
    systemTraceAuditNumber: '000042',
    retrievalReferenceNumber: '632615000042',
    localDateTime: '2026-11-22T15:04:05',
    transmittedAt: '2026-11-22T10:04:05Z',
  },
)

const approved: AuthorizationAnswer = {
  authorizationId: 'aut_1',
  decision: 'approved',
  responseCode: '00',
  approvalCode: '7K2M9Q',
  approvedAmount: { value: '12500.00', currency: 'KZT' },
  funding: [
    {
      exchange: 'bybit',
      asset: 'BTC',
      amount: '0.00031250',
      billingAmount: { value: '12500.00', currency: 'KZT' },
      quote: {
        id: 'qte_1',
        pair: 'BTC/KZT',
        mid: '40400000',
        appliedRate: '40198000.5',
        spreadBasisPoints: 50,
        spread: { value: '62.81', currency: 'KZT' },
        fee: { value: '125.00', currency: 'KZT' },
        observedAt: '2026-11-22T10:04:04Z',
        ageMs: 340,
        sources: [
          { exchange: 'bybit', pair: 'BTC/USDT', bid: '81600', ask: '81610', observedAt: '' },
          { exchange: 'bybit', pair: 'USDT/KZT', bid: '494.9', ask: '495.3', observedAt: '' },
        ],
      },
    },
  ],
  messages: { kk: 'Мақұлданды.', ru: 'Одобрено.', en: 'Approved.' },
}

const declined: AuthorizationAnswer = {
  authorizationId: 'aut_2',
  decision: 'declined',
  responseCode: '51',
  reason: 'insufficient_funds',
  messages: { kk: 'Жеткіліксіз.', ru: 'Недостаточно средств.', en: 'Not enough funds.' },
}

function receiptOf(result: Result<AuthorizationAnswer>, isColoured = false): string {
  const receipt = { bankName: 'Halyk Bank', url: 'http://127.0.0.1:8080', body, result }
  const lines = renderReceipt({ ...receipt, roundTripMs: 30, repeats: [] }, createPaint(isColoured))
  return lines.join('\n')
}

function decided(answer: AuthorizationAnswer): Result<AuthorizationAnswer> {
  const timing = [
    { name: 'accept', durationMs: 2 },
    { name: 'debit', durationMs: 20 },
  ]
  return { kind: 'decided', answer, body: '', timing }
}

test.for([
  ['the merchant', /Merchant +Magnum/],
  ['the amount', /Amount +12500\.00 KZT/],
  ['the decision', /Decision +APPROVED/],
  ['the approval code', /Approval code +7K2M9Q/],
  ['the response code', /Response code +00/],
  ['what was debited and where', /Debited +0\.00031250 BTC at bybit/],
  ['what that paid for', /Pays for +12500\.00 KZT/],
  ['the mid rate', /Mid rate +1 BTC = 40400000 KZT/],
  ['the applied rate', /Applied rate +1 BTC = 40198000\.5 KZT/],
  ['the spread', /Spread +62\.81 KZT \(50 basis points\)/],
  ['the fee', /Fee +125\.00 KZT/],
  ['each order book', /bybit BTC\/USDT bid 81600 ask 81610\n +bybit USDT\/KZT bid 494\.9/],
  ['the age of the quote', /qte_1, 340 ms old/],
  ['the sum of the stages', /total +22\.00 +█/],
  ['the round trip', /round trip +30\.00 +█/],
  ['how to reverse it', /npm run terminal -- reverse --id aut_1/],
] as const)('shows %s of an approval', ([, pattern]) => {
  expect(receiptOf(decided(approved))).toMatch(pattern)
})

test('a decline says so, why, and that there is nothing to reverse', () => {
  const receipt = receiptOf(decided(declined))
  expect(receipt).toMatch(/Decision +DECLINED/)
  expect(receipt).toMatch(/Reason +insufficient_funds/)
  expect(receipt).toMatch(/Response code +51/)
  expect(receipt).not.toContain('reverse')
  expect(receipt).not.toMatch(/approved/i)
})

test('takes the total that the server told for the total', () => {
  const timing = [
    { name: 'debit', durationMs: 20 },
    { name: 'total', durationMs: 24 },
  ]
  const receipt = receiptOf({ kind: 'decided', answer: declined, body: '', timing })
  expect(receipt.match(/^ *total .*$/gm)).toEqual([expect.stringMatching(/24\.00/)])
})

test('a problem names each wrong field and the response code to send on', () => {
  const errors = [{ pointer: '/merchant/name', detail: 'too long' }]
  const problem = {
    type: '',
    title: 'Some fields are not valid.',
    status: 422,
    responseCode: '30',
    errors,
  }
  const receipt = receiptOf({ kind: 'problem', status: 422, problem })
  expect(receipt).toMatch(/Decision +PROBLEM/)
  expect(receipt).toContain('/merchant/name: too long')
  expect(receipt).toMatch(/Response code +30/)
  expect(receipt).not.toMatch(/approved|declined/i)
})

test('no answer is neither of both, and can be reversed', () => {
  const receipt = receiptOf({ kind: 'unreachable', detail: 'no answer within 5000 ms' })
  expect(receipt).toMatch(/Decision +NO ANSWER/)
  expect(receipt).toContain('reverse --last')
  expect(receipt).not.toMatch(/approved|declined/i)
})

test('has colours only where they are wanted', () => {
  const escape = String.fromCharCode(27)
  expect(receiptOf(decided(approved))).not.toContain(escape)
  expect(receiptOf(decided(approved), true)).toContain(`${escape}[1m${escape}[32mAPPROVED`)
})

test('shows each debit of a purchase that several assets paid for', () => {
  const [funding] = approved.funding ?? []
  if (!funding) return expect.unreachable()
  const part = (asset: string, value: string) => ({
    ...funding,
    asset,
    billingAmount: { value, currency: 'KZT' },
  })
  const several = { ...approved, funding: [part('USDT', '9000.00'), part('BTC', '3500.00')] }
  const receipt = receiptOf(decided(several))
  expect(receipt).toMatch(/Debited +0\.00031250 USDT.*\n.*Pays for +9000\.00 KZT/)
  expect(receipt).toMatch(/Debited +0\.00031250 BTC.*\n.*Pays for +3500\.00 KZT/)
})
