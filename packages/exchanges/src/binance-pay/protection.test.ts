import { expect, test } from 'vitest'
import { binancePayProtection } from './protection.ts'

const { pauseMsOf, banMsOf, isClockOff, budgetOf } = binancePayProtection

function answer(status: number, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { kind: 'answered' as const, status, headers, body: text }
}

test('a firewall’s 403 bans us, the 403 of one account does not', () => {
  expect(banMsOf(answer(403, '<html>'))).toBe(120_000)
  expect(banMsOf(answer(403, '<html>', { 'retry-after': '5' }))).toBe(5_000)
  expect(banMsOf(answer(403, { status: 'FAIL', code: '400203' }))).toBe(0)
  expect(banMsOf(answer(418, ''))).toBe(120_000)
})

test('429 keeps the rail away for as long as it says', () => {
  expect(pauseMsOf(answer(429, '', { 'retry-after': '3' }))).toBe(3_000)
  expect(pauseMsOf(answer(429, { status: 'FAIL', code: '400000' }))).toBe(60_000)
  expect(budgetOf(answer(200, '', { 'x-mbx-used-weight-1m': '5999' }), 0)).toBeUndefined()
})

test('a clock that is off is told from the same digits elsewhere', () => {
  expect(isClockOff(answer(406, { status: 'FAIL', code: '400003' }))).toBe(true)
  expect(isClockOff(answer(406, { code: '400003', msg: 'in the gateway’s words' }))).toBe(true)
  const order = { status: 'SUCCESS', code: '000000', data: { prepayId: '400003' } }
  expect(isClockOff(answer(200, order))).toBe(false)
  expect(isClockOff(answer(200, 'not JSON 400003'))).toBe(false)
})
