import type { AuthorizationId } from '@tolem/domain/ids'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseListQuery, toCursor } from './list.ts'

const PATH = '/v1/authorizations'

function parsed(query: string) {
  const outcome = parseListQuery(`${PATH}${query}`)
  if (!outcome.ok) throw new Error(outcome.answer.body)
  return outcome.value
}

test('without parameters the latest fifty are asked for', () => {
  for (const query of ['', '?']) expect(parsed(query)).toEqual({ limit: 50, cardToken: undefined })
})

test('every parameter is read as what it means', () => {
  const from = encodeURIComponent('2026-11-22T15:00:00+05:00')
  const query = `?cardToken=card-1&state=declined&kind=increment&limit=200&from=${from}&to=2026-11-23T00:00:00Z`
  expect(parsed(query)).toEqual({
    cardToken: 'card-1',
    state: 'declined',
    kind: 'increment',
    limit: 200,
    from: Date.UTC(2026, 10, 22, 10),
    to: Date.UTC(2026, 10, 23),
  })
})

test('a cursor gives back the very authorization that it was made of', () => {
  fc.assert(
    fc.property(fc.uuid(), (uuid) => {
      const id = `aut_${uuid}` as AuthorizationId
      expect(parsed(`?cursor=${toCursor(id)}`).cursor).toBe(id)
    }),
  )
})

test.each([
  ['?limit=0'],
  ['?limit=201'],
  ['?limit=1e2'],
  ['?limit='],
  ['?state=open'],
  ['?kind=reversal'],
  ['?cardToken=a'],
  ['?from=yesterday'],
  ['?to=2026-11-22T10:00:00'],
  ['?cursor=abc'],
  ['?cursor=aut_019a1b2c-3d4e-7f50-8a6b-000000000001'],
  ['?state=declined&state=approved'],
  ['?bank=forte'],
  ['?__proto__=1'],
])('%s is refused, and the answer says where', (query) => {
  const outcome = parseListQuery(PATH + query)
  expect(outcome.ok).toBe(false)
  if (outcome.ok) return
  expect(outcome.answer.status).toBe(422)
  expect(JSON.parse(outcome.answer.body)).toMatchObject({
    type: '/problems/fields_invalid',
    errors: [{ pointer: '', detail: expect.any(String) }],
  })
})

test('a card number in the query is refused and not repeated', () => {
  for (const query of ['?cardToken=4242424242424242', '?4242424242424242=1']) {
    const outcome = parseListQuery(PATH + query)
    if (outcome.ok) throw new Error('taken')
    expect(JSON.parse(outcome.answer.body).type).toBe('/problems/card_number_refused')
    expect(outcome.answer.body).not.toContain('4242')
  }
})

test('no query makes the parser throw', () => {
  fc.assert(
    fc.property(fc.string(), (query) => {
      expect(typeof parseListQuery(`${PATH}?${query}`).ok).toBe('boolean')
    }),
  )
})
