import { DECLINE_REASONS } from '@tolem/domain/decision'
import { expect, test } from 'vitest'
import { PROBLEMS, problem } from './problem.ts'
import { APPROVED, RESPONSE_CODES, responseCodeTable } from './response-codes.ts'

test('every decline reason has a code of two digits that is not an approval', () => {
  expect(Object.keys(RESPONSE_CODES)).toEqual([...DECLINE_REASONS])
  for (const code of Object.values(RESPONSE_CODES)) {
    expect(code).toMatch(/^[0-9]{2}$/)
    expect(code).not.toBe(APPROVED)
  }
})

test('a bank’s own codes stand over the common ones', () => {
  const table = responseCodeTable({ wallet_not_linked: '57' })
  expect(table.wallet_not_linked).toBe('57')
  expect({ ...table, wallet_not_linked: '78' }).toEqual(RESPONSE_CODES)
})

test('an override of a reason that does not exist is refused by name', () => {
  expect(() => responseCodeTable({ wallet_lost: '57', toString: '57' })).toThrow(
    'no such decline reason: wallet_lost, toString',
  )
})

test('a decline cannot be overridden into an approval', () => {
  expect(() => responseCodeTable({ card_stolen: APPROVED })).toThrow(/card_stolen/)
})

test.each(Object.values(PROBLEMS))(
  'the problem of $status "$title" has a code to send on',
  (one) => {
    expect(one.responseCode).toMatch(/^[0-9]{2}$/)
    expect(one.responseCode).not.toBe(APPROVED)
    expect([400, 401, 404, 405, 409, 413, 415, 422, 500, 503]).toContain(one.status)
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
