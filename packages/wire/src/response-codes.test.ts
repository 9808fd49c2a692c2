import { RESPONSE_CODES } from '@tolem/testing/response-codes'
import { expect, test } from 'vitest'
import { PROBLEMS, problem } from './problem.ts'
import { APPROVED, responseCodeTable } from './response-codes.ts'

test('a bank’s own codes stand over the programme’s', () => {
  const table = responseCodeTable(RESPONSE_CODES, { wallet_not_linked: '57' })
  expect(table).toEqual({ ...RESPONSE_CODES, wallet_not_linked: '57' })
})

test('a decline cannot have the code of an approval', () => {
  expect(() => responseCodeTable(RESPONSE_CODES, { card_stolen: APPROVED })).toThrow(/card_stolen/)
  expect(() => responseCodeTable({ ...RESPONSE_CODES, card_lost: '10' }, {})).toThrow(/card_lost/)
})

test.each(Object.values(PROBLEMS))(
  'the problem of $status "$title" has a code to send on',
  (one) => {
    expect(one.responseCode).toMatch(/^[0-9]{2}$/)
    expect(one.responseCode).not.toBe(APPROVED)
    expect([400, 401, 404, 405, 408, 409, 413, 415, 422, 431, 500, 503]).toContain(one.status)
    expect(one.title).toMatch(/\.$/)
  },
)

test('a problem is an RFC 9457 document', () => {
  const errors = [{ pointer: '/type', detail: 'unknown' }]
  const answer = problem('fields_invalid', { errors })
  expect(answer).toMatchObject({ status: 422, contentType: 'application/problem+json' })
  expect(JSON.parse(answer.body)).toEqual({
    type: '/problems/fields_invalid',
    title: PROBLEMS.fields_invalid.title,
    status: 422,
    responseCode: '30',
    errors,
  })
})
