import { APPROVAL_OUTCOMES, DECLINE_REASONS } from '@tolem/domain/decision'
import type { BankId } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import { anAuthorizationBody } from '@tolem/testing/bodies'
import { anAuthorizationId, aQuote } from '@tolem/testing/builders'
import { RESPONSE_CODES } from '@tolem/testing/response-codes'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { authorizationAnswer, renderApproval, renderDecline } from './authorization.ts'
import { authorizationBody, parseAuthorization } from './request.ts'

const HALYK = 'halyk' as BankId

const approval = {
  id: anAuthorizationId(),
  outcome: 'approved',
  approvalCode: '0A1B2C',
  approved: amountOf('KZT', 0n),
  funding: [],
  codes: RESPONSE_CODES,
} as const

type Body = Readonly<Record<string, unknown>>

function parse(body: Body) {
  return parseAuthorization(HALYK, Buffer.from(JSON.stringify(body)))
}

function understood(body: Body) {
  const parsed = parse(body)
  if (!parsed.ok) expect.unreachable(parsed.answer.body)
  return parsed.value
}

function fingerprint(body: Body): string {
  return understood(body).fingerprint.toString('hex')
}

function pointersOf(body: Body): string[] {
  const parsed = parse(body)
  if (parsed.ok) return expect.unreachable('should have been refused')
  const { type, errors } = JSON.parse(parsed.answer.body)
  expect(type).toBe('/problems/fields_invalid')
  return errors.map((error: { pointer: string }) => error.pointer)
}

const { terminal, merchant } = anAuthorizationBody()

test('a request is understood in exact amounts, with its network key', () => {
  expect(understood(anAuthorizationBody())).toMatchObject({
    bank: 'halyk',
    type: 'purchase',
    cardToken: 'ct_halyk_0001',
    billing: 1_250_000n,
    networkKey: {
      acquirerId: '400001',
      terminalId: 'T0000001',
      systemTraceAuditNumber: '000001',
      retrievalReferenceNumber: '632600000001',
      localDateTime: '2026-11-22T15:00:00',
    },
  })
})

test('the billing amount counts, and without one only tenge can be billed', () => {
  const dollars = { value: '25.00', currency: 'USD' }
  const tenge = { value: '11855.50', currency: 'KZT' }
  const foreign = anAuthorizationBody({ transactionAmount: dollars })
  expect(understood(foreign).billing).toBeUndefined()
  expect(understood({ ...foreign, billingAmount: tenge }).billing).toBe(1_185_550n)
})

test.each([
  ['a number', { value: 12_500, currency: 'KZT' }, '/transactionAmount/value'],
  ['three decimals', { value: '1.000', currency: 'KZT' }, '/transactionAmount/value'],
  ['five decimals', { value: '1.00000', currency: 'USD' }, '/transactionAmount/value'],
  ['a negative one', { value: '-1.00', currency: 'KZT' }, '/transactionAmount/value'],
  ['a huge one', { value: '9'.repeat(17), currency: 'KZT' }, '/transactionAmount/value'],
  ['an exponent', { value: '1e3', currency: 'KZT' }, '/transactionAmount/value'],
  ['an empty one', { value: '', currency: 'KZT' }, '/transactionAmount/value'],
  ['a comma', { value: '1,00', currency: 'KZT' }, '/transactionAmount/value'],
  ['a leading zero', { value: '012', currency: 'KZT' }, '/transactionAmount/value'],
  ['a bare point', { value: '12.', currency: 'KZT' }, '/transactionAmount/value'],
  ['a space', { value: ' 12', currency: 'KZT' }, '/transactionAmount/value'],
  ['a line break', { value: '12\n', currency: 'KZT' }, '/transactionAmount/value'],
  ['a number of ISO 4217', { value: '12', currency: '398' }, '/transactionAmount/currency'],
  ['no currency', { value: '12' }, '/transactionAmount/currency'],
  ['a plain text', '12500.00', '/transactionAmount'],
])('refuses %s as an amount and points at it', (_name, transactionAmount, pointer) => {
  expect(pointersOf(anAuthorizationBody({ transactionAmount }))).toEqual([pointer])
})

test.each([
  [
    'billingAmount in dollars',
    { billingAmount: { value: '1', currency: 'USD' } },
    '/billingAmount/currency',
  ],
  ['a type that we do not know', { type: 'lottery' }, '/type'],
  ['a slash in the terminal', { terminal: { ...terminal, id: 'T/1' } }, '/terminal/id'],
  ['a wrong entry mode', { terminal: { ...terminal, entryMode: '07' } }, '/terminal/entryMode'],
  ['a country in lower case', { merchant: { ...merchant, country: 'kz' } }, '/merchant/country'],
  [
    'a category of three digits',
    { merchant: { ...merchant, categoryCode: '541' } },
    '/merchant/categoryCode',
  ],
  ['a line break in a name', { merchant: { ...merchant, name: 'a\nb' } }, '/merchant/name'],
  ['five digits of STAN', { systemTraceAuditNumber: '00001' }, '/systemTraceAuditNumber'],
  ['thirteen of RRN', { retrievalReferenceNumber: '6326000000012' }, '/retrievalReferenceNumber'],
  ['a local time with a zone', { localDateTime: '2026-11-22T15:00:00Z' }, '/localDateTime'],
  ['a local time with an offset', { localDateTime: '2026-11-22T15:00:00+05:00' }, '/localDateTime'],
  ['a thirtieth of February', { localDateTime: '2026-02-30T15:00:00' }, '/localDateTime'],
  [
    'the year nought, which no database has',
    { localDateTime: '0000-01-01T00:00:00' },
    '/localDateTime',
  ],
  ['a transmission without a zone', { transmittedAt: '2026-11-22T10:00:00' }, '/transmittedAt'],
  ['a text for a boolean', { final: 'true' }, '/final'],
  ['a short card token', { cardToken: 'abc' }, '/cardToken'],
])('refuses %s and points at it', (_name, change, pointer) => {
  expect(pointersOf(anAuthorizationBody(change))).toEqual([pointer])
})

test('every missing field is named at once', () => {
  expect(pointersOf({}).toSorted()).toEqual([
    '/acquirerId',
    '/cardToken',
    '/localDateTime',
    '/merchant',
    '/retrievalReferenceNumber',
    '/systemTraceAuditNumber',
    '/terminal',
    '/transactionAmount',
    '/transmittedAt',
    '/type',
  ])
})

const FULL = anAuthorizationBody({
  type: 'purchase_with_cashback',
  transactionAmount: { value: '26.50', currency: 'USD' },
  cashbackAmount: { value: '1000.00', currency: 'KZT' },
  preauthorization: false,
  recurring: false,
  billingAmount: { value: '12500.00', currency: 'KZT' },
  final: true,
  repeat: true,
})

/** The same object with its fields in another order, at every depth. */
function shuffled(value: unknown, order: (length: number) => number[]): unknown {
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  const moved = order(entries.length).map((index) => entries[index] ?? ['', ''])
  return Object.fromEntries(moved.map(([key, item]) => [key, shuffled(item, order)]))
}

test('the fingerprint does not depend on the order of fields', () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat()), (numbers) => {
      const order = (length: number) =>
        Array.from({ length }, (_, index) => ({ index, weight: Number(numbers.next().value) }))
          .toSorted((left, right) => left.weight - right.weight)
          .map(({ index }) => index)
      expect(fingerprint(shuffled(FULL, order) as Body)).toBe(fingerprint(FULL))
    }),
  )
})

test.each([
  ['a later transmission', { transmittedAt: '2026-11-22T10:00:30.5+05:00' }],
  ['the mark of a repeat', { repeat: false }],
  ['the amount with one decimal', { transactionAmount: { value: '26.5', currency: 'USD' } }],
  ['the amount with four decimals', { transactionAmount: { value: '26.5000', currency: 'USD' } }],
  ['the cash without decimals', { cashbackAmount: { value: '1000', currency: 'KZT' } }],
  ['the billing amount without decimals', { billingAmount: { value: '12500', currency: 'KZT' } }],
])('the fingerprint stays the same with %s', (_name, change) => {
  expect(fingerprint({ ...FULL, ...change })).toBe(fingerprint(FULL))
})

test('the fingerprint stays the same when a default is written out', () => {
  const { partialApprovalSupported: _, ...short } = anAuthorizationBody()
  const long = { ...short, partialApprovalSupported: false, final: false }
  expect(fingerprint(short)).toBe(fingerprint(long))
})

test.each([
  { type: 'cash_withdrawal', cashbackAmount: undefined },
  { cashbackAmount: { value: '1000.01', currency: 'KZT' } },
  { recurring: true },
  { preauthorization: true, final: false },
  { cardToken: 'ct_halyk_0002' },
  { transactionAmount: { value: '26.51', currency: 'USD' } },
  { transactionAmount: { value: '26.50', currency: 'EUR' } },
  { transactionAmount: { value: '2650', currency: 'USD' } },
  { billingAmount: { value: '12500.10', currency: 'KZT' } },
  { billingAmount: undefined, transactionAmount: { value: '12500.00', currency: 'KZT' } },
  { partialApprovalSupported: true },
  { acquirerId: '0400001' },
  { terminal: { ...terminal, id: 'T0000002' } },
  { terminal: { ...terminal, type: 'atm' } },
  { terminal: { ...terminal, entryMode: 'chip' } },
  { terminal: { ...terminal, pinEntered: true } },
  { merchant: { ...merchant, id: 'M2' } },
  { merchant: { ...merchant, name: 'Magnum' } },
  { merchant: { ...merchant, city: 'Astana' } },
  { merchant: { ...merchant, country: 'KG' } },
  { merchant: { ...merchant, categoryCode: '5412' } },
  { systemTraceAuditNumber: '000002' },
  { retrievalReferenceNumber: '632600000002' },
  { localDateTime: '2026-11-22T15:00:01' },
  { final: false },
])('the fingerprint changes with %j', (change) => {
  expect(fingerprint({ ...FULL, ...change })).not.toBe(fingerprint(FULL))
})

test('the message that these tests change holds every field of the schema', () => {
  expect(Object.keys(authorizationBody.shape).toSorted()).toEqual(Object.keys(FULL).toSorted())
})

test('amounts of equal value have one fingerprint, others do not', () => {
  const decimals = fc.tuple(fc.nat(10 ** 9), fc.integer({ min: 0, max: 99 }))
  const write = ([whole, part]: [number, number]) => `${whole}.${String(part).padStart(2, '0')}`
  const withAmount = (value: string) =>
    fingerprint(anAuthorizationBody({ transactionAmount: { value, currency: 'KZT' } }))
  fc.assert(
    fc.property(decimals, decimals, (left, right) => {
      const short = write(left).replace(/\.?0+$/, '')
      expect(withAmount(short === '' ? '0' : short)).toBe(withAmount(write(left)))
      expect(withAmount(write(left)) === withAmount(write(right))).toBe(
        write(left) === write(right),
      )
    }),
  )
})

test('an approval renders to the schema that is published, with every number exact', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 10n ** 18n - 1n }), (tiyn) => {
      const quote = aQuote({ billing: amountOf('KZT', tiyn) })
      const id = anAuthorizationId()
      const answer = authorizationAnswer.parse(
        JSON.parse(renderApproval({ ...approval, id, approved: quote.billing, funding: [quote] })),
      )
      expect(answer).toMatchObject({
        authorizationId: id,
        decision: 'approved',
        responseCode: '00',
        approvalCode: '0A1B2C',
        approvedAmount: { currency: 'KZT' },
        funding: [{ exchange: 'bybit', asset: 'USDT', amount: '26.75751900' }],
      })
      expect(BigInt(answer.approvedAmount?.value.replace('.', '') ?? '')).toBe(tiyn)
    }),
  )
})

test.each(APPROVAL_OUTCOMES)('an approval as %s renders to the schema, in its code', (outcome) => {
  const codes = { ...RESPONSE_CODES, [outcome]: '0Z' }
  const answer = authorizationAnswer.parse(
    JSON.parse(renderApproval({ ...approval, outcome, codes })),
  )
  const isWhole = outcome === 'approved' || outcome === 'verified'
  expect(answer).toMatchObject({
    decision: isWhole ? 'approved' : 'partially_approved',
    responseCode: '0Z',
    approvedAmount: { value: '0.00', currency: 'KZT' },
  })
  expect(answer).not.toHaveProperty('funding')
  for (const text of Object.values(answer.messages)) expect(text).toMatch(/\p{L}+.*\.$/u)
})

test.each(DECLINE_REASONS)('a decline for %s renders to the schema, with its code', (reason) => {
  const answer = authorizationAnswer.parse(
    JSON.parse(renderDecline(anAuthorizationId(), reason, RESPONSE_CODES)),
  )
  expect(answer).toMatchObject({
    decision: 'declined',
    reason,
    responseCode: RESPONSE_CODES[reason],
  })
  for (const text of Object.values(answer.messages)) expect(text).toMatch(/\p{L}+.*\.$/u)
})
