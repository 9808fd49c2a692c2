import type { BankId } from '@tolem/domain/ids'
import { createLogger } from '@tolem/telemetry/logger'
import { createMetrics } from '@tolem/telemetry/metrics'
import { problem, type WireAnswer } from '@tolem/wire/problem'
import { expect, test } from 'vitest'
import { type AnsweredCall, createCallReport } from './call-report.ts'
import { json } from './route.ts'

const HALYK = 'halyk' as BankId

function opened() {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  const logger = createLogger({ service: 'test', level: 'info', destination })
  const metrics = createMetrics('test')
  return { lines, metrics, report: createCallReport({ metrics, logger }) }
}

async function counted(call: Partial<AnsweredCall>): Promise<string> {
  const { metrics, report } = opened()
  report({ call: 'reverse', bank: HALYK, answer: json('{}'), ms: 1, ...call })
  const { text } = await metrics.expose()
  return /tolem_calls_total\{(.*),service="test"\} 1/.exec(text)?.[1] ?? text
}

test.each<[string, WireAnswer, string]>([
  ['its outcome', json('{"outcome":"already_reversed","responseCode":"00"}'), 'already_reversed'],
  ['its decision', json('{"decision":"declined","reason":"unknown_card"}'), 'declined'],
  ['having been answered', json('{"echoId":"4"}'), 'answered'],
  ['having made something', { ...json('{"mandateId":"mdt_1"}'), status: 201 }, 'answered'],
  ['having begun something', { ...json('{"mandateId":"mdt_1"}'), status: 202 }, 'answered'],
  ['its problem', problem('key_reused'), 'key_reused'],
])('a call is counted by %s', async (_, answer, outcome) => {
  expect(await counted({ answer })).toBe(`call="reverse",bank="halyk",outcome="${outcome}"`)
})

test('a call that nobody signed is counted without a bank', async () => {
  expect(await counted({ bank: undefined, answer: problem('signature_missing') })).toBe(
    'call="reverse",bank="",outcome="signature_missing"',
  )
})

test('a call that may change something writes one line, with ids and nothing that a caller wrote', () => {
  const { lines, report } = opened()
  const answer = json('{"clearingId":"clr_1","outcome":"cleared","responseCode":"00","echoId":"x"}')
  report({ call: 'clear', bank: HALYK, answer, ms: 1.234 })
  expect(lines).toHaveLength(1)
  const line = JSON.parse(lines[0] ?? '')
  expect(line).toMatchObject({
    msg: 'call',
    call: 'clear',
    bank: 'halyk',
    outcome: 'cleared',
    clearingId: 'clr_1',
    responseCode: '00',
    status: 200,
    ms: 1.23,
  })
  expect(line.echoId).toBeUndefined()
})

test('a mandate is named where it was asked for, and looking at it writes no line', () => {
  const { lines, report } = opened()
  const answer = { ...json('{"mandateId":"mdt_1","status":"offered"}'), status: 201 }
  report({ call: 'post_mandate', bank: HALYK, answer, ms: 1 })
  report({ call: 'get_mandate', bank: HALYK, answer: json(answer.body), ms: 1 })
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { call: 'post_mandate', mandateId: 'mdt_1', outcome: 'answered', status: 201 },
  ])
})

test('a call that only reads writes no line, however large its answer is', async () => {
  const { lines, metrics, report } = opened()
  const answer = json(`{"authorizations":["${'x'.repeat(100_000)}"]}`)
  report({ call: 'list_authorizations', bank: HALYK, answer, ms: 1 })
  expect(lines).toEqual([])
  expect((await metrics.expose()).text).toContain('call="list_authorizations"')
})
