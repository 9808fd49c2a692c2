import { expect, test } from 'vitest'
import type { Answered } from '../http/send.ts'
import { partnerProtection } from './protection.ts'

const { isClockOff } = partnerProtection

const answer = (status: number, body: object | string): Answered => ({
  kind: 'answered',
  status,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  headers: {},
})

test('both words for a wrong time have the partner’s clock read, and no others', () => {
  for (const error of ['timestamp_invalid', 'expired'])
    expect(isClockOff(answer(400, { error, message: 'm' }))).toBe(true)
  expect(isClockOff(answer(400, { error: 'malformed', message: 'expired' }))).toBe(false)
  expect(isClockOff(answer(200, { error: 'expired' }))).toBe(false)
  expect(isClockOff(answer(400, 'expired'))).toBe(false)
})
