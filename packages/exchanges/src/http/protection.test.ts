import { describe, expect, test } from 'vitest'
import { binanceProtection } from '../binance/protection.ts'
import { bybitProtection } from '../bybit/protection.ts'
import type { Answered } from './send.ts'

const NOW = 1_767_780_012_345

function answer(status: number, body: unknown, headers: Answered['headers'] = {}): Answered {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { kind: 'answered', status, headers, body: text }
}

describe('Bybit', () => {
  const { pauseMsOf, banMsOf, isClockOff, budgetOf } = bybitProtection

  test('a 403 locks the address out for ten minutes, or for as long as it says', () => {
    expect(banMsOf(answer(403, 'access too frequent'))).toBe(600_000)
    expect(banMsOf(answer(403, '', { 'retry-after': '42' }))).toBe(42_000)
    expect(banMsOf(answer(200, { retCode: 10006 }))).toBe(0)
    expect(pauseMsOf(answer(403, ''))).toBe(0)
  })

  test('a 403 that a product gave, by its own code, bans nobody', () => {
    expect(banMsOf(answer(403, { retCode: 40002, retMsg: 'FORBIDDEN' }))).toBe(0)
    expect(banMsOf(answer(403, { retCode: 10006, retMsg: 'Access too frequent.' }))).toBe(600_000)
  })

  test('a 429 asks the rail to wait', () => {
    expect(pauseMsOf(answer(429, '', { 'retry-after': '3' }))).toBe(3_000)
    expect(pauseMsOf(answer(429, { retCode: 42900, result: { retry_after: 7000 } }))).toBe(7_000)
    expect(pauseMsOf(answer(429, ''))).toBe(1_000)
    expect(banMsOf(answer(429, ''))).toBe(0)
  })

  test('its codes for a clock that is off are told from the same digits elsewhere', () => {
    expect(isClockOff(answer(200, { retCode: 10002, retMsg: 'timestamp' }))).toBe(true)
    expect(isClockOff(answer(400, { retCode: 139005003 }))).toBe(true)
    expect(isClockOff(answer(200, { retCode: 0, result: { orderId: '10002' } }))).toBe(false)
    expect(isClockOff(answer(200, 'not JSON 10002'))).toBe(false)
  })

  test('reads what is left of its limit, and believes no stamp beyond a minute', () => {
    const headers = {
      'x-bapi-limit': '5',
      'x-bapi-limit-status': '2',
      'x-bapi-limit-reset-timestamp': String(NOW + 700),
    }
    expect(budgetOf(answer(200, '', headers), NOW)).toEqual({ share: 0.4, resetsAt: NOW + 700 })
    const far = { ...headers, 'x-bapi-limit-reset-timestamp': '9999999999999' }
    expect(budgetOf(answer(200, '', far), NOW)?.resetsAt).toBe(NOW + 60_000)
    for (const name of Object.keys(headers)) {
      const { [name as keyof typeof headers]: _, ...rest } = headers
      expect(budgetOf(answer(200, '', rest), NOW)).toBeUndefined()
      expect(budgetOf(answer(200, '', { ...headers, [name]: 'NaN' }), NOW)).toBeUndefined()
    }
  })
})

describe('Binance', () => {
  const { pauseMsOf, banMsOf, isClockOff, budgetOf } = binanceProtection

  test('418 bans for as long as it says, 429 asks the rail to wait', () => {
    expect(banMsOf(answer(418, '', { 'retry-after': '86400' }))).toBe(86_400_000)
    expect(banMsOf(answer(418, ''))).toBe(120_000)
    expect(banMsOf(answer(418, '', { 'retry-after': '99999999' }))).toBe(259_200_000)
    expect(banMsOf(answer(403, '<html>'))).toBe(120_000)
    expect(banMsOf(answer(429, ''))).toBe(0)
    expect(pauseMsOf(answer(429, '', { 'retry-after': '5' }))).toBe(5_000)
    expect(pauseMsOf(answer(429, ''))).toBe(60_000)
    expect(pauseMsOf(answer(418, ''))).toBe(0)
  })

  test('knows its code for a clock that is off', () => {
    expect(isClockOff(answer(400, { code: -1021, msg: 'Timestamp …' }))).toBe(true)
    expect(isClockOff(answer(400, { code: -1022, msg: 'not -1021' }))).toBe(false)
    expect(isClockOff(answer(200, 'half a body -1021'))).toBe(false)
  })

  test('the fullest of the budgets that it counts is the one that matters, until the minute ends', () => {
    const headers = {
      'x-sapi-used-uid-weight-1m': '90000',
      'x-sapi-used-ip-weight-1m': '11400',
      'x-mbx-used-weight-1m': '60',
    }
    const left = budgetOf(answer(200, '', headers), NOW)
    expect(left?.share).toBeCloseTo(0.05)
    expect(left?.resetsAt).toBe(1_767_780_060_000)
    const over = { 'x-sapi-used-uid-weight-1m': '200000' }
    expect(budgetOf(answer(200, '', over), NOW)?.share).toBe(0)
    const weightsPerMinute = { account: 400_000, address: 12_000, market: 6_000 }
    expect(budgetOf(answer(200, '', over), NOW, { weightsPerMinute })?.share).toBe(0.5)
    expect(budgetOf(answer(200, ''), NOW)).toBeUndefined()
    expect(budgetOf(answer(200, '', { 'x-mbx-used-weight-1m': '' }), NOW)?.share).toBe(1)
    expect(budgetOf(answer(200, '', { 'x-mbx-used-weight-1m': 'many' }), NOW)).toBeUndefined()
  })
})
