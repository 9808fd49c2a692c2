import { ADVICE_OUTCOMES } from '@tolem/domain/advice'
import { CLEARING_OUTCOMES } from '@tolem/domain/clearing'
import { DECLINE_REASONS } from '@tolem/domain/decision'
import { REVERSAL_OUTCOMES } from '@tolem/domain/reversal'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { DECLINE_MESSAGES } from '../messages.ts'
import { BODIES } from '../testing/arbitraries.ts'
import { ISO_ANSWERS } from './answers.ts'
import { ISO_CALLS, type IsoCall } from './calls.ts'
import { isoMarkdown, isoPage } from './document.ts'
import { DATA_ELEMENTS, PRIVATE_ELEMENTS } from './elements.ts'
import { fromIso8583Answer, toIso8583, toIso8583Answer } from './iso8583.ts'
import { getAt, type Json } from './mapping.ts'

const CALLS = Object.keys(ISO_ANSWERS) as IsoCall[]

const codes = fc.stringMatching(/^[0-9A-Z]{2}$/)
const id = (prefix: string) => fc.uuid().map((uuid) => `${prefix}_${uuid}`)
const tenge = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 99 })).map(([whole, part]) => ({
  value: `${whole}.${String(part).padStart(2, '0')}`,
  currency: 'KZT',
}))

const declined = fc
  .tuple(fc.constantFrom(...DECLINE_REASONS), codes)
  .map(([reason, responseCode]) => ({
    decision: 'declined',
    responseCode,
    reason,
    messages: DECLINE_MESSAGES[reason],
  }))

const messages = fc.constant({ kk: 'Мақұлданды.', ru: 'Одобрено.', en: 'Approved.' })

const decisions = fc.oneof(
  fc.tuple(id('aut'), declined).map(([authorizationId, rest]) => ({ authorizationId, ...rest })),
  fc.record({
    authorizationId: id('aut'),
    decision: fc.constantFrom('approved', 'partially_approved'),
    responseCode: codes,
    approvalCode: fc.stringMatching(/^[0-9A-Z]{6}$/),
    approvedAmount: tenge,
    messages,
  }),
)

/** Answers of every call, in all that their schemas allow. */
const ANSWERS = {
  authorization: decisions,
  increment: decisions,
  advice: fc.record(
    {
      authorizationId: id('aut'),
      responseCode: codes,
      outcome: fc.constantFrom(...ADVICE_OUTCOMES),
      originalAuthorizationId: id('aut'),
    },
    { requiredKeys: ['authorizationId', 'responseCode', 'outcome'] },
  ),
  reversal: fc.record(
    {
      reversalId: id('rev'),
      responseCode: codes,
      outcome: fc.constantFrom(...REVERSAL_OUTCOMES),
      authorizationId: id('aut'),
      releasedAmount: tenge,
      heldAmount: tenge,
    },
    { requiredKeys: ['reversalId', 'responseCode', 'outcome'] },
  ),
  clearing: fc.record({
    clearingId: id('clr'),
    responseCode: codes,
    outcome: fc.constantFrom(...CLEARING_OUTCOMES),
    authorizationId: id('aut'),
    clearedAmount: tenge,
    fromHoldAmount: tenge,
    exposedAmount: tenge,
    releasedAmount: tenge,
  }),
  balanceInquiry: fc.oneof(
    declined,
    fc.record({
      decision: fc.constant('approved'),
      responseCode: codes,
      available: tenge,
      messages,
    }),
  ),
  echo: fc.record({
    echoId: fc.stringMatching(/^[A-Za-z0-9._:-]{1,64}$/),
    responseCode: codes,
    serverTime: fc.constant('2026-11-22T10:00:00.000Z'),
  }),
  refund: fc.oneof(
    fc.tuple(id('rfd'), declined).map(([refundId, rest]) => ({ refundId, ...rest })),
    fc.record({
      refundId: id('rfd'),
      decision: fc.constant('approved'),
      responseCode: codes,
      authorizationId: id('aut'),
      refundedAmount: tenge,
      messages,
    }),
  ),
} as const satisfies Readonly<Record<IsoCall, fc.Arbitrary<Json>>>

test.each(CALLS)(
  'what the table says is carried of an answer to %s comes back',
  { timeout: 60_000 },
  (call) => {
    const fields = ISO_ANSWERS[call].mappings
      .filter(({ elements }) => elements.length > 0)
      .map(({ field }) => field)
    fc.assert(
      fc.property(BODIES[call] as fc.Arbitrary<object>, ANSWERS[call], (body, answer) => {
        const response = toIso8583Answer(call, toIso8583(call, body as never), answer)
        const back = fromIso8583Answer(call, response)
        for (const field of fields) expect(getAt(back, field)).toEqual(getAt(answer, field))
        for (const [number, value] of Object.entries(response.elements))
          expect(value).toMatch(DATA_ELEMENTS[Number(number) as keyof typeof DATA_ELEMENTS].format)
      }),
    )
  },
)

/** The fields of a schema; amounts and lists are one field each. */
function fieldsOf(schema: z.core.JSONSchema.JSONSchema, pointer = ''): string[] {
  const { properties } = schema
  if (!properties || 'currency' in properties) return [pointer]
  return Object.entries(properties).flatMap(([name, inner]) =>
    fieldsOf(inner as z.core.JSONSchema.JSONSchema, `${pointer}/${name}`),
  )
}

test.each(CALLS)('the table of an answer to %s has a row for each of its fields', (call) => {
  const { schema, mappings } = ISO_ANSWERS[call]
  const fields = fieldsOf(z.toJSONSchema(schema, { io: 'output' }))
  expect(mappings.map(({ field }) => field).toSorted()).toEqual(fields.toSorted())
})

test.each([
  ['0100', '0110'],
  ['0101', '0110'],
  ['0120', '0130'],
  ['0200', '0210'],
  ['0221', '0230'],
  ['0400', '0410'],
  ['0420', '0430'],
  ['0800', '0810'],
])('a %s is answered by a %s', (mti, answered) => {
  const answer = { reversalId: 'rev_1', responseCode: '00', outcome: 'reversed' }
  expect(toIso8583Answer('reversal', { mti, elements: {} }, answer).mti).toBe(answered)
})

test('a partial approval in tenge lowers DE4, and one in another currency does not', () => {
  const answer = {
    authorizationId: 'aut_1',
    decision: 'partially_approved',
    responseCode: '10',
    approvedAmount: { value: '5000.00', currency: 'KZT' },
    messages: { kk: 'а', ru: 'б', en: 'c' },
  }
  const asked = { mti: '0100', elements: { 4: '000001250000', 49: '398' } }
  expect(toIso8583Answer('authorization', asked, answer).elements).toMatchObject({
    4: '000000500000',
    6: '000000500000',
    51: '398',
    39: '10',
  })
  const abroad = { mti: '0100', elements: { 4: '000000002500', 49: '840' } }
  expect(toIso8583Answer('authorization', abroad, answer).elements['4']).toBe('000000002500')
})

test('the published mapping has every field of every call, and every element', () => {
  const [markdown, page] = [isoMarkdown(), isoPage()]
  for (const call of CALLS)
    for (const { field, rule } of [...ISO_CALLS[call].mappings, ...ISO_ANSWERS[call].mappings]) {
      expect(markdown).toContain(`| ${field} |`)
      expect(markdown).toContain(rule)
      expect(page).toContain(`<td>${field}</td>`)
    }
  for (const number of Object.keys(DATA_ELEMENTS)) expect(page).toContain(`<td>DE${number}</td>`)
  for (const tag of Object.keys(PRIVATE_ELEMENTS)) expect(page).toContain(`<td>48.${tag}</td>`)
  expect(page).not.toMatch(/<script|<link|src=|https?:/)
})
