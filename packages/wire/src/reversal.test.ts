import type { AuthorizationId, BankId } from '@tolem/domain/ids'
import { REVERSAL_OUTCOMES } from '@tolem/domain/reversal'
import { aReversalBody } from '@tolem/testing/bodies'
import { anAuthorizationId, aReversalId } from '@tolem/testing/builders'
import { expect, test } from 'vitest'
import { parseReversal, renderReversal, reversalAnswer } from './reversal.ts'

const HALYK = 'halyk' as BankId
const ID = 'aut_019a1b2c-3d4e-7f50-8a6b-7c8d9e0f1a2b' as AuthorizationId

type Body = Readonly<Record<string, unknown>>

function parse(body: Body) {
  return parseReversal(HALYK, Buffer.from(JSON.stringify(body)))
}

function understood(body: Body) {
  const parsed = parse(body)
  if (!parsed.ok) expect.unreachable(parsed.answer.body)
  return parsed.value
}

function pointersOf(body: Body): string[] {
  const parsed = parse(body)
  if (parsed.ok) return expect.unreachable('should have been refused')
  return JSON.parse(parsed.answer.body).errors.map((error: { pointer: string }) => error.pointer)
}

test('the original is named by its network key', () => {
  expect(understood(aReversalBody())).toMatchObject({
    bank: 'halyk',
    reason: 'no_response',
    original: {
      kind: 'by_key',
      messageKind: 'authorization',
      networkKey: {
        acquirerId: '400001',
        terminalId: 'T0000001',
        systemTraceAuditNumber: '000001',
        retrievalReferenceNumber: '632600000001',
        localDateTime: '2026-11-22T15:00:00',
      },
    },
    networkKey: { systemTraceAuditNumber: '000002', localDateTime: '2026-11-22T15:00:02' },
  })
})

test('the original is named by our own id', () => {
  expect(understood(aReversalBody({ original: { authorizationId: ID } })).original).toEqual({
    kind: 'by_id',
    authorizationId: ID,
  })
})

const { original } = aReversalBody()

test.each([
  ['no original', undefined, '/original'],
  ['an empty original', {}, '/original'],
  ['an id of another kind', { authorizationId: `rev_${ID.slice(4)}` }, '/original/authorizationId'],
  ['an id in capitals', { authorizationId: ID.toUpperCase() }, '/original/authorizationId'],
  [
    'a wrong part of the key',
    { ...original, systemTraceAuditNumber: '1' },
    '/original/systemTraceAuditNumber',
  ],
])('refuses %s and points at it', (_name, changed, pointer) => {
  expect(pointersOf(aReversalBody({ original: changed }))).toEqual([pointer])
})

test('refuses an original that is named twice over, and an unknown reason', () => {
  expect(pointersOf(aReversalBody({ original: { ...original, authorizationId: ID } }))).not.toEqual(
    [],
  )
  expect(pointersOf(aReversalBody({ reason: 'because' }))).toEqual(['/reason'])
})

test('the fingerprint ignores what a repeat may change and nothing else', () => {
  const print = (change: Body) => understood(aReversalBody(change)).fingerprint.toString('hex')
  const first = print({})
  expect(print({ repeat: true, transmittedAt: '2026-11-22T11:00:00Z' })).toBe(first)
  for (const change of [
    { original: { authorizationId: ID } },
    { original: { ...original, terminalId: 'T0000002' } },
    { reason: 'customer_cancellation' },
    { acquirerId: '400002' },
    { terminalId: 'T0000002' },
    { systemTraceAuditNumber: '000003' },
    { retrievalReferenceNumber: '632600000002' },
    { localDateTime: '2026-11-22T15:00:03' },
  ])
    expect(print(change)).not.toBe(first)
})

test.each(REVERSAL_OUTCOMES)('an answer of %s renders to the schema, always 00', (outcome) => {
  const id = aReversalId()
  for (const authorizationId of [anAuthorizationId(), undefined]) {
    const body = renderReversal({ id, outcome, authorizationId })
    expect(reversalAnswer.parse(JSON.parse(body))).toEqual({
      reversalId: id,
      responseCode: '00',
      outcome,
      ...(authorizationId && { authorizationId }),
    })
  }
})
