import { aCardBody, anAuthorizationBody, aReversalBody } from '@tolem/testing/bodies'
import { expect, test } from 'vitest'
import { parseBody } from './body.ts'
import { cardBody } from './card.ts'
import { holdsCardNumber } from './card-number.ts'
import { authorizationBody } from './request.ts'
import { reversalBody } from './reversal.ts'

const BODIES = [
  { name: 'authorization', schema: authorizationBody, body: anAuthorizationBody() },
  { name: 'reversal', schema: reversalBody, body: aReversalBody() },
  { name: 'card', schema: cardBody, body: aCardBody() },
]

const WRITINGS = [
  '4242424242424242',
  '4242 4242 4242 4242',
  '4242-4242-4242-4242',
  '４２４２424242424242',
]

type Json = { readonly [key: string]: unknown }

/** Every text of a body with its JSON pointer. */
function textsOf(value: unknown, pointer = ''): string[] {
  if (typeof value === 'string') return [pointer]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => textsOf(item, `${pointer}/${key}`))
}

function objectsOf(value: unknown, pointer = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
  const inner = Object.entries(value).flatMap(([key, item]) => objectsOf(item, `${pointer}/${key}`))
  return [pointer, ...inner]
}

function changeAt(
  value: unknown,
  path: readonly string[],
  change: (old: unknown) => unknown,
): unknown {
  const [key, ...rest] = path
  if (key === undefined) return change(value)
  const copy = Array.isArray(value) ? [...value] : { ...(value as Json) }
  return Object.assign(copy, { [key]: changeAt((value as Json)[key], rest, change) })
}

const toPath = (pointer: string) => pointer.split('/').slice(1)

test.each(BODIES)('a card number in any text of a body is refused: $name', ({ schema, body }) => {
  for (const pointer of textsOf(body))
    for (const written of WRITINGS) {
      const sent = JSON.stringify(changeAt(body, toPath(pointer), () => written))
      const parsed = parseBody(schema, Buffer.from(sent))
      expect(parsed.ok).toBe(false)
      if (parsed.ok) continue
      expect(parsed.answer.status).toBe(422)
      expect(JSON.parse(parsed.answer.body)).toMatchObject({
        type: '/problems/card_number_refused',
        errors: [{ pointer }],
      })
      expect(parsed.answer.body.replace(/[^0-9]/g, '')).not.toContain('4242')
    }
})

test.each(BODIES)('a card number as the name of a field is refused: $name', ({ schema, body }) => {
  for (const pointer of objectsOf(body)) {
    const sent = changeAt(body, toPath(pointer), (old) => ({
      ...(old as Json),
      'pan 4242 4242 4242 4242': 'x',
    }))
    const parsed = parseBody(schema, Buffer.from(JSON.stringify(sent)))
    expect(parsed.ok).toBe(false)
    if (parsed.ok) continue
    expect(JSON.parse(parsed.answer.body)).toMatchObject({
      type: '/problems/card_number_refused',
      errors: [{ pointer }],
    })
    expect(parsed.answer.body).not.toContain('4242')
  }
})

test('a card number is refused as that even in a message that is wrong otherwise', () => {
  const parsed = parseBody(authorizationBody, Buffer.from('{"pan":"5555555555554444","x":[1]}'))
  expect(!parsed.ok && JSON.parse(parsed.answer.body).type).toBe('/problems/card_number_refused')
})

test('an acquirer may number its merchants and terminals in fifteen digits that satisfy Luhn', () => {
  const { terminal, merchant, ...rest } = anAuthorizationBody()
  const id = '900000000000001'
  const body = { ...rest, terminal: { ...terminal, id }, merchant: { ...merchant, id } }
  expect(holdsCardNumber(id)).toBe(true)
  expect(parseBody(authorizationBody, Buffer.from(JSON.stringify(body))).ok).toBe(true)
})
