import {
  aNewAuthorization,
  anAuthorizationId,
  anAuthorizationRequest,
} from '@tolem/testing/builders'
import { expect, test } from 'vitest'
import type { AuthorizePorts } from './authorize.ts'
import { observed, STAGES, serverTiming, startObservation } from './observe.ts'

test('Server-Timing names each stage in order with milliseconds, and the total', () => {
  const observation = startObservation()
  observation.stages.push({ stage: 'verify', ms: 0.1234 }, { stage: 'accept', ms: 2 })
  expect(serverTiming(observation, 12.345)).toBe(
    'verify;dur=0.12, accept;dur=2.00, total;dur=12.35',
  )
  expect(serverTiming(startObservation(), 0)).toBe('total;dur=0.00')
})

test('every stage’s name is a token, as Server-Timing wants it', () => {
  for (const stage of STAGES) expect(stage).toMatch(/^[a-z]+$/)
})

const item = aNewAuthorization()
const caller = { id: 'halyk' } as never
const id = anAuthorizationId()
const deadline = { at: 0, windowEndsAt: 0 }
const { request } = item
const input = { id, request, caller, card: undefined, original: undefined, isCashDropped: false }

/** Ports that answer as told, each taking one millisecond of the clock. */
function observedPorts(answers: Partial<AuthorizePorts>) {
  let now = 0
  const observation = startObservation()
  const ports = observed(answers as AuthorizePorts, observation, () => {
    now += 1
    return now
  })
  return { ports, observation }
}

test('each stage is timed, and the facts of an approval are noted', async () => {
  const { ports, observation } = observedPorts({
    verify: () => ({ ok: true, caller, deadline: { at: 0, windowEndsAt: 0 } }),
    parse: () => ({ ok: true, value: anAuthorizationRequest() }),
    findOriginal: () => Promise.resolve(undefined),
    findCard: () => Promise.resolve(undefined),
    plan: () => item.plan,
    accept: () => Promise.resolve({ kind: 'accepted', approvalNumber: 1n }),
    debit: () => Promise.resolve([{ kind: 'debited', exchangeReference: 'x' }]),
    balance: () => Promise.resolve(undefined),
    fallBack: () => Promise.resolve(true),
    conclude: () => Promise.resolve({ state: 'approved', reason: undefined, body: '' }),
  })
  ports.verify({} as never)
  ports.parse(caller, new Uint8Array())
  await ports.findOriginal(item.request)
  await ports.findCard(item.request)
  ports.plan(input)
  await ports.accept(item)
  await ports.debit([item.plan.debits[0].order], deadline)
  await ports.balance(item.plan.debits[0].order, deadline)
  await ports.fallBack({} as never)
  await ports.conclude({
    id,
    decision: { kind: 'approve', outcome: 'partially_approved' } as never,
  })
  expect(observation.stages).toEqual(STAGES.map((stage) => ({ stage, ms: 1 })))
  expect(observation.facts).toEqual({
    bank: 'halyk',
    type: 'purchase',
    authorizationId: id,
    decision: 'partially_approved',
  })
})

test.each([
  [{ kind: 'replay', body: '' }, { decision: 'replay' }],
  [{ kind: 'mismatch' }, { decision: 'mismatch' }],
  [
    { kind: 'declined', id, reason: 'count_limit_exceeded', body: '' },
    { decision: 'declined', reason: 'count_limit_exceeded' },
  ],
] as const)('what ACCEPT found is noted: %j', async (acceptance, facts) => {
  const { ports, observation } = observedPorts({ accept: () => Promise.resolve(acceptance) })
  await ports.accept(item)
  expect(observation.facts).toEqual(facts)
})

test('the reason of a decline is noted', async () => {
  const { ports, observation } = observedPorts({
    plan: () => ({ kind: 'decline', reason: 'card_frozen', body: '' }),
    conclude: () => Promise.resolve({ state: 'declined', reason: 'exchange_in_doubt', body: '' }),
  })
  ports.plan(input)
  expect(observation.facts).toMatchObject({ decision: 'declined', reason: 'card_frozen' })
  await ports.conclude({ id, decision: { kind: 'approve' } as never })
  expect(observation.facts).toMatchObject({ decision: 'declined', reason: 'exchange_in_doubt' })
})

test('a stage that fails is not noted and hides nothing', async () => {
  const { ports, observation } = observedPorts({ accept: () => Promise.reject(new Error('down')) })
  await expect(ports.accept(item)).rejects.toThrow('down')
  expect(observation.stages).toEqual([])
})
