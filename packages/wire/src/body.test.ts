import { anAuthorizationBody } from '@tolem/testing/bodies'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { parseBody } from './body.ts'
import { cardBody } from './card.ts'
import { PROBLEMS } from './problem.ts'
import { authorizationBody } from './request.ts'
import { reversalBody } from './reversal.ts'

const SCHEMAS = [authorizationBody, reversalBody, cardBody] as const

/** What a wrong body is answered: the problem's name and the pointers of its errors. */
function refusal(bytes: Uint8Array | string, schema: z.ZodType = authorizationBody) {
  const parsed = parseBody(schema, Buffer.from(bytes))
  if (parsed.ok) return undefined
  const { type, status, responseCode, errors } = JSON.parse(parsed.answer.body)
  const name: keyof typeof PROBLEMS = type.slice('/problems/'.length)
  expect({ status, responseCode }).toEqual({
    status: PROBLEMS[name].status,
    responseCode: PROBLEMS[name].responseCode,
  })
  expect(parsed.answer).toMatchObject({ status, contentType: 'application/problem+json' })
  return { name, pointers: errors?.map(({ pointer }: { pointer: string }) => pointer) }
}

const text = JSON.stringify(anAuthorizationBody())

test.each([
  ['nothing', ''],
  ['a lone brace', '{'],
  ['two objects', `${text}${text}`],
  ['a NUL byte in a text', text.replace('Magnum', 'Mag\u0000num')],
  ['NaN', text.replace('false', 'NaN')],
  ['a comment', `${text} // paid`],
  ['single quotes', "{'type':'purchase'}"],
  ['half of a UTF-8 sequence', Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xd0])])],
  ['Latin-1', Buffer.from(text.replace('Magnum', 'Café'), 'latin1')],
  ['UTF-16', Buffer.from(text, 'utf16le')],
  ['an overlong UTF-8 slash', Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
])('refuses %s as malformed_json', (_name, bytes) => {
  expect(refusal(bytes)).toEqual({ name: 'malformed_json', pointers: undefined })
})

test.each([
  ['in the body', text.replace('"type"', '"cardToken":"ct_other","type"')],
  ['deep inside', text.replace('"city"', '"city":"Astana","city"')],
  ['one of them escaped', text.replace('"type"', '"c\\u0061rdToken":"ct_other","type"')],
  ['with a card number in the one that would win nothing', doubledCardNumber()],
])('refuses a field that stands there twice, %s', (_name, body) => {
  expect(refusal(body)).toEqual({ name: 'malformed_json', pointers: undefined })
})

function doubledCardNumber(): string {
  return text.replace('"cardToken"', '"cardToken":"4242424242424242","cardToken"')
}

test('texts that look like fields are not counted as fields', () => {
  const merchant = { ...anAuthorizationBody().merchant, name: '"a":1,"a":2, \\"b\\":' }
  expect(refusal(JSON.stringify(anAuthorizationBody({ merchant })))).toBeUndefined()
})

test.each([
  ['the wrong kind of body', '[]', ['']],
  ['null', 'null', ['']],
  ['a text', '"purchase"', ['']],
  ['a lone surrogate', text.replace('Magnum', '\\ud83d'), ['/merchant/name']],
  ['an escaped NUL', text.replace('Magnum', '\\u0000'), ['/merchant/name']],
  ['__proto__', text.replace('"type"', '"__proto__":{"final":true},"type"'), ['/__proto__']],
  ['constructor', text.replace('"type"', '"constructor":{},"type"'), ['/constructor']],
  ['an unknown field', text.replace('"type"', '"a/b~c":1,"type"'), ['/a~1b~0c']],
  ['an unknown inner field', text.replace('"city"', '"town":1,"city"'), ['/merchant/town']],
])('refuses %s as fields_invalid and names the place', (_name, body, pointers) => {
  expect(refusal(body)).toEqual({ name: 'fields_invalid', pointers })
})

test('a body that is nested 5,000 deep is refused like any other', () => {
  const deep = '['.repeat(5_000) + ']'.repeat(5_000)
  expect(refusal(deep)).toEqual({ name: 'fields_invalid', pointers: [''] })
  expect(refusal(text.replace('"Almaty"', deep))?.pointers).toEqual(['/merchant/city'])
  const deepObject = '{"a":'.repeat(2_000) + '{}' + '}'.repeat(2_000)
  expect(refusal(text.replace('"Almaty"', deepObject))?.pointers).toEqual(['/merchant/city'])
})

test('at most twenty errors are listed, however many fields are wrong', () => {
  const unknown = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`field${n}`, n]))
  expect(refusal(JSON.stringify(anAuthorizationBody(unknown)))?.pointers).toHaveLength(20)
})

test('no JSON value makes a parser throw, and what is not accepted is a problem of ours', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(...SCHEMAS), (value, schema) => {
      expect(['fields_invalid', 'card_number_refused']).toContain(
        refusal(JSON.stringify(value), schema)?.name,
      )
    }),
    { numRuns: 2_000 },
  )
})

test('no JSON value in place of a field makes a parser throw', () => {
  const body: Record<string, unknown> = anAuthorizationBody()
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(body)), fc.jsonValue(), (key, value) => {
      expect([undefined, 'fields_invalid', 'card_number_refused']).toContain(
        refusal(JSON.stringify({ ...body, [key]: value }))?.name,
      )
    }),
    { numRuns: 2_000 },
  )
})

test('no bytes make a parser throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...SCHEMAS), (bytes, schema) => {
      expect(refusal(bytes, schema)).toBeDefined()
    }),
  )
})

test('a schema that takes nothing still answers with a problem', () => {
  expect(refusal('1', z.undefined())).toEqual({ name: 'fields_invalid', pointers: [''] })
})
