import type { BankId } from '@tolem/domain/ids'
import { anAuthorizationBody, aReversalBody } from '@tolem/testing/bodies'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { parseAdvice } from '../advice.ts'
import { parseBalanceInquiry } from '../balance.ts'
import type { Parsed } from '../body.ts'
import { parseClearing } from '../clearing.ts'
import { parseEcho } from '../echo.ts'
import { parseRefund } from '../refund.ts'
import { type AuthorizationBody, parseAuthorization, parseIncrement } from '../request.ts'
import { parseReversal, type ReversalBody } from '../reversal.ts'
import { BODIES } from '../testing/arbitraries.ts'
import { ISO_CALLS, type IsoCall } from './calls.ts'
import { DATA_ELEMENTS, type IsoMessage, PRIVATE_ELEMENTS, unpackElements } from './elements.ts'
import { fromIso8583, toIso8583 } from './iso8583.ts'
import { getAt, type Json } from './mapping.ts'

const HALYK = 'halyk' as BankId
const DAY_MS = 86_400_000

/** A hundred messages each, on a machine that may be busy with much else. */
const LONG = { timeout: 60_000 }

const CALLS = Object.keys(ISO_CALLS) as IsoCall[]

const PARSERS: Readonly<Record<IsoCall, (bank: BankId, bytes: Uint8Array) => Parsed<object>>> = {
  authorization: parseAuthorization,
  increment: parseIncrement,
  advice: parseAdvice,
  reversal: parseReversal,
  clearing: parseClearing,
  refund: parseRefund,
  balanceInquiry: parseBalanceInquiry,
  echo: (_bank, bytes) => parseEcho(bytes),
}

function meaningOf(call: IsoCall, body: unknown): object {
  const parsed = PARSERS[call](HALYK, Buffer.from(JSON.stringify(body)))
  return parsed.ok ? parsed.value : expect.unreachable(parsed.answer.body)
}

/** In whole seconds since the epoch; an echo does not say when it was sent. */
const transmissionOf = (body: object): number =>
  Math.floor(Date.parse('transmittedAt' in body ? String(body.transmittedAt) : '2026') / 1_000)

function write(call: IsoCall, body: object): IsoMessage {
  return toIso8583(call, body as never)
}

function read(iso: IsoMessage, receivedAt: number) {
  const found = fromIso8583(iso, receivedAt)
  return found.ok ? found.value : expect.unreachable(found.reason)
}

test.each(CALLS)('a body of %s means the same after a way through ISO 8583', LONG, (call) => {
  fc.assert(
    fc.property(BODIES[call], fc.integer({ min: -180, max: 180 }), (body, days) => {
      const sentAt = transmissionOf(body) * 1_000
      const back = read(write(call, body), sentAt + days * DAY_MS)
      expect(back.call).toBe(call)
      expect(meaningOf(call, back.message)).toEqual(meaningOf(call, body))
      expect(transmissionOf(back.message)).toBe(transmissionOf(body))
      expect((back.message as Json)['repeat'] ?? false).toBe((body as Json)['repeat'] ?? false)
      expect(write(call, back.message)).toEqual(write(call, body))
    }),
  )
})

test.each(CALLS)(
  'every element of a message of %s has the format of its standard',
  LONG,
  (call) => {
    fc.assert(
      fc.property(BODIES[call], (body) => {
        const { mti, elements } = write(call, body)
        expect(mti).toMatch(/^0[1248][02][01]$/)
        for (const [number, value] of Object.entries(elements))
          expect(`${number}: ${value}`).toMatch(formatOf(number))
      }),
    )
  },
)

function formatOf(number: string): RegExp {
  const { format } = DATA_ELEMENTS[Number(number) as keyof typeof DATA_ELEMENTS]
  return new RegExp(`^${number}: ${format.source.slice(1)}`)
}

test.each(CALLS)('the table of %s names each element that a field is written to', LONG, (call) => {
  const { mappings, constant } = ISO_CALLS[call]
  const named = new Set([...mappings.flatMap(({ elements }) => elements), ...Object.keys(constant)])
  fc.assert(
    fc.property(BODIES[call], (body) => {
      const written = Object.keys(unpackElements(write(call, body)))
      expect(written.filter((name) => !named.has(name) && name !== 'MTI')).toEqual([])
    }),
  )
})

/** The fields of a schema by JSON pointer; an amount is one field. */
function fieldsOf(schema: z.core.JSONSchema.JSONSchema, pointer = ''): string[] {
  const { properties, anyOf } = schema
  if (anyOf) return anyOf.flatMap((one) => fieldsOf(one, pointer))
  if (!properties || 'currency' in properties) return [pointer]
  return Object.entries(properties).flatMap(([name, inner]) =>
    fieldsOf(inner as z.core.JSONSchema.JSONSchema, `${pointer}/${name}`),
  )
}

test.each(CALLS)('the table of %s has a row for each field of its schema, and no other', (call) => {
  const { schema, mappings } = ISO_CALLS[call]
  const fields = new Set(fieldsOf(z.toJSONSchema(schema, { io: 'input' })))
  expect(mappings.map(({ field }) => field).toSorted()).toEqual([...fields].toSorted())
})

test('every element that a table names is described', () => {
  for (const { mappings } of Object.values(ISO_CALLS))
    for (const element of mappings.flatMap(({ elements }) => elements)) {
      const known = element.startsWith('48.') ? PRIVATE_ELEMENTS : { ...DATA_ELEMENTS, MTI: '' }
      expect(Object.keys(known)).toContain(element.replace('48.', ''))
    }
})

const PURCHASE = anAuthorizationBody() as unknown as AuthorizationBody

test('a purchase is the message that a processor knows', () => {
  expect(toIso8583('authorization', PURCHASE)).toEqual({
    mti: '0100',
    elements: {
      3: '000000',
      4: '000001250000',
      7: '1122100000',
      11: '000001',
      12: '150000',
      13: '1122',
      18: '5411',
      22: '070',
      25: '00',
      32: '400001',
      37: '632600000001',
      41: 'T0000001',
      42: 'M00000000000001',
      43: 'Magnum Cash & Carry      Almaty       KZ',
      48: '01013ct_halyk_0001',
      49: '398',
    },
  })
})

test.each([
  ['12500', 'KZT', '000001250000', '398'],
  ['1250', 'JPY', '000000001250', '392'],
  ['1.234', 'KWD', '000000001234', '414'],
  ['1.2345', 'CLF', '000000012345', '990'],
  ['0.05', 'USD', '000000000005', '840'],
])('%s %s is %s of %s', (value, currency, digits, number) => {
  const { elements } = toIso8583('authorization', {
    ...PURCHASE,
    transactionAmount: { value, currency },
  })
  expect([elements['4'], elements['49'], elements['48']]).toEqual([
    digits,
    number,
    '01013ct_halyk_0001',
  ])
})

test.each([
  ['repeated', { repeat: true }, '0101'],
  ['final', { final: true }, '0200'],
  ['final and repeated', { final: true, repeat: true }, '0201'],
])('a request that is %s has the message type for it', (_, change, mti) => {
  expect(toIso8583('authorization', { ...PURCHASE, ...change }).mti).toBe(mti)
})

test('a reversal names its original in DE90 and its reason in DE25', () => {
  const { mti, elements } = toIso8583('reversal', {
    ...(aReversalBody() as unknown as ReversalBody),
    replacementAmount: { value: '5000', currency: 'KZT' },
  })
  expect(mti).toBe('0400')
  expect(elements['25']).toBe('4021')
  expect(elements['90']).toBe(`0100000001${'0'.repeat(10)}00000400001${'0'.repeat(11)}`)
  expect(elements['95']).toBe(`000000500000${'0'.repeat(12)}C00000000C00000000`)
})

test('a reversal advice (0420) is a reversal as well', () => {
  const { elements } = write('reversal', aReversalBody())
  expect(read({ mti: '0420', elements }, Date.UTC(2026, 10, 22)).call).toBe('reversal')
})

test.each([
  ['sent and received in the new year', '2026-12-31T23:59:58', '2027-01-01T00:00:01Z', 1_000],
  [
    'sent in the old year, received in the new',
    '2026-12-31T23:59:58',
    '2026-12-31T23:59:59Z',
    2_000,
  ],
  [
    'in the new year of Almaty, still the old of UTC',
    '2027-01-01T03:00:00',
    '2026-12-31T22:00:00Z',
    500,
  ],
  [
    'in the old year of New York, the new of UTC',
    '2026-12-31T21:00:00',
    '2027-01-01T02:00:00Z',
    500,
  ],
  ['received by a clock that is behind', '2027-01-01T00:00:01', '2027-01-01T00:00:01Z', -5_000],
  [
    'stored and forwarded after five months',
    '2026-08-01T12:00:00',
    '2026-08-01T07:00:00Z',
    150 * DAY_MS,
  ],
  ['on a 29 February', '2028-02-29T23:59:59', '2028-03-01T00:00:01Z', 400],
])('a message keeps its year: %s', (_, localDateTime, transmittedAt, lateMs) => {
  const iso = toIso8583('authorization', { ...PURCHASE, localDateTime, transmittedAt })
  expect(unpackElements(iso)['48.05']).toBeUndefined()
  const { message } = read(iso, Date.parse(transmittedAt) + lateMs)
  expect([getAt(message, '/localDateTime'), getAt(message, '/transmittedAt')]).toEqual([
    localDateTime,
    transmittedAt,
  ])
})

test('a terminal whose clock is a year wrong keeps its own date', () => {
  const localDateTime = '2019-01-01T00:00:00'
  const iso = toIso8583('authorization', { ...PURCHASE, localDateTime })
  expect(unpackElements(iso)['48.05']).toBe(localDateTime)
  expect(getAt(read(iso, Date.parse(PURCHASE.transmittedAt)).message, '/localDateTime')).toBe(
    localDateTime,
  )
})

test.each([
  [{ mti: '0800', elements: { 70: '001' } }, 'unknown_message'],
  [{ mti: '0100', elements: { 3: '000000' } }, 'fields_missing_or_invalid'],
  [{ mti: '0100', elements: { 3: '000000', 48: '0199912' } }, 'fields_missing_or_invalid'],
  [{ mti: '', elements: {} }, 'unknown_message'],
])('what is no message of ours is refused by a word: %j', (iso, reason) => {
  expect(fromIso8583(iso, 0)).toEqual({ ok: false, reason })
})

test('elements of any content never throw', () => {
  const numbers = Object.keys(DATA_ELEMENTS)
  const anyElements = fc.dictionary(fc.constantFrom(...numbers), fc.string())
  fc.assert(
    fc.property(
      fc.constantFrom('0100', '0200', '0120', '0220', '0400'),
      anyElements,
      (mti, elements) => {
        expect(fromIso8583({ mti, elements }, 0).ok).toBe(false)
      },
    ),
  )
})

test('the private element holds no more than it may when every field is as long as it can be', () => {
  const wide = '😀'.repeat(20)
  const { elements } = toIso8583('increment', {
    ...PURCHASE,
    cardToken: 'c'.repeat(64),
    transactionAmount: { value: '9999999999999999.9999', currency: 'USD' },
    billingAmount: { value: '9999999999999999.99', currency: 'KZT' },
    acquirerId: '00000000001',
    terminal: { id: 't'.repeat(16), type: 'atm', entryMode: 'chip', pinEntered: true },
    merchant: { id: 'm'.repeat(15), name: wide, city: wide, country: 'KZ', categoryCode: '6011' },
    localDateTime: '2019-01-01T00:00:00',
    partialApprovalSupported: true,
    recurring: true,
    original: {
      messageKind: 'increment',
      acquirerId: '00000000001',
      terminalId: 'o'.repeat(16),
      systemTraceAuditNumber: '000001',
      retrievalReferenceNumber: 'r'.repeat(12),
      localDateTime: '2018-01-01T00:00:00',
    },
  })
  expect(elements['48']?.length).toBeLessThanOrEqual(999)
  expect(getAt({ elements }, '/elements/48')).toMatch(/^[ -~]+$/)
})
