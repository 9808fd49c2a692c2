import type { Result } from '@tolem/client/result'
import { expect, test } from 'vitest'
import { compareAnswers } from '../agreement.ts'
import { createPaint } from '../shell.ts'
import { exitCodeOf, renderReport } from './report.ts'
import { createTally } from './tally.ts'

const messages = { kk: '', ru: '', en: '' }
const approved = {
  authorizationId: 'aut_1',
  decision: 'approved',
  responseCode: '00',
  messages,
} as const
const declined = {
  authorizationId: 'aut_2',
  decision: 'declined',
  responseCode: '51',
  reason: 'insufficient_funds',
  messages,
} as const
const extent = { planned: 3, started: 3, underWay: 0, elapsedMs: 1000 }

function decided<Answer>(answer: Answer, body = JSON.stringify(answer)): Result<Answer> {
  return { kind: 'decided', answer, body, timing: [] }
}

function refused(status: number, name: string): Result<never> {
  const problem = { type: `/problems/${name}`, title: name, status, responseCode: '91' }
  return { kind: 'problem', status, problem }
}

test('takes the same decision in other bytes for a difference', () => {
  expect(compareAnswers(decided(approved), decided(approved))).toBe('same')
  expect(compareAnswers(decided(approved), decided(approved, '{ }'))).toBe('different')
})

test('takes a repeat that a decided message is refused for a difference', () => {
  expect(compareAnswers(decided(approved), refused(422, 'key_reused'))).toBe('different')
  expect(compareAnswers(decided(approved), refused(401, 'nonce_reused'))).toBe('different')
})

test('does not compare what found no room, no time or no answer', () => {
  const lost: Result<never> = { kind: 'unreachable', detail: 'no answer within 5000 ms' }
  expect(compareAnswers(decided(approved), refused(503, 'overloaded'))).toBe('not_compared')
  expect(compareAnswers(decided(approved), refused(409, 'still_running'))).toBe('not_compared')
  expect(compareAnswers(decided(approved), lost)).toBe('not_compared')
  expect(compareAnswers(lost, decided(approved))).toBe('not_compared')
})

test('reports decisions by reason, problems by name, and latencies', () => {
  const tally = createTally()
  tally.countPurchase(decided(approved))
  tally.countPurchase(decided(declined))
  tally.countPurchase(refused(503, 'overloaded'))
  tally.countReversal(decided({ outcome: 'reversed' }))
  tally.countRepeat('same')
  for (const milliseconds of [1, 2, 300]) tally.countLatency('purchase', milliseconds)
  const report = renderReport(tally.read(), extent, createPaint(false))
  expect(report).toMatch(/^ {2}Sent +3 of 3 purchases, 3\.0 a second$/m)
  expect(report).toMatch(/purchase +3 +2\.00 +300\.\d\d +300\.\d\d +300\.\d\d +300\.\d\d/)
  expect(report).toContain('1 approved')
  expect(report).toContain('1 declined insufficient_funds')
  expect(report).toContain('1 503 overloaded')
  expect(report).toContain('1 reversed')
  expect(report).toMatch(/^ {2}Other bytes +0$/m)
  expect(exitCodeOf(tally.read())).toBe(0)
})

test('ends with 1 when one repeat of many differed', () => {
  const tally = createTally()
  tally.countPurchase(decided(approved))
  tally.countRepeat('same')
  tally.countRepeat('different')
  expect(exitCodeOf(tally.read())).toBe(1)
  expect(renderReport(tally.read(), extent, createPaint(false))).toMatch(/^ {2}Other bytes +1$/m)
})

test('ends with 1 when nothing was decided', () => {
  const tally = createTally()
  tally.countPurchase({ kind: 'unreachable', detail: 'connect ECONNREFUSED' })
  expect(exitCodeOf(tally.read())).toBe(1)
})
