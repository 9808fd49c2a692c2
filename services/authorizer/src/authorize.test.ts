import type { Acceptance } from '@tolem/authorizations/accept'
import type { Concluded, Conclusion } from '@tolem/authorizations/conclude'
import type { DebitOrder, DebitResult } from '@tolem/domain/movement'
import { aCard, aNewAuthorization, NOON } from '@tolem/testing/builders'
import { expect, test } from 'vitest'
import { type AuthorizePorts, authorize } from './authorize.ts'
import { caller } from './testing/plan-scene.ts'

const { id, request, plan } = aNewAuthorization()
const [{ order }] = plan.debits
const DEBITED = { kind: 'debited', exchangeReference: 'x1' } as const
const ACCEPTED = { kind: 'accepted', approvalNumber: 7n } as const
const deadline = { at: 1_000, windowEndsAt: NOON + 1_000 }

/** What the outside says, step by step. */
type Outside = {
  readonly acceptances?: readonly Acceptance[]
  readonly debit?: DebitResult
  readonly concluded?: (conclusion: Conclusion) => Promise<Concluded>
}

/** Sends one message along the path; `debits` and `conclusions` are what left it, in order. */
function send({ acceptances = [ACCEPTED], debit = DEBITED, concluded = asSent }: Outside) {
  const debits: DebitOrder[] = []
  const conclusions: Conclusion[] = []
  const found = [...acceptances]
  const dropped: string[] = []
  const ports: Partial<AuthorizePorts> = {
    verify: () => ({ ok: true, caller, deadline }),
    parse: () => ({ ok: true, value: request }),
    answerOnce: (_request, _deadline, decide) => decide(id),
    findCard: () => Promise.resolve(aCard()),
    dropCard: ({ cardToken }) => void dropped.push(cardToken),
    plan: () => plan,
    accept: () => Promise.resolve(found.shift() ?? expect.unreachable('asked too often')),
    debit: (orders) => {
      debits.push(...orders)
      return Promise.resolve(orders.map(() => debit))
    },
    balance: () => Promise.resolve(undefined),
    conclude: (conclusion) => {
      conclusions.push(conclusion)
      return concluded(conclusion)
    },
  }
  const message = {
    method: 'POST',
    path: '/v1/authorizations',
    headers: {},
    body: Buffer.from('{}'),
    arrivedAt: 0,
    receivedAt: NOON,
  }
  // The rest is asked for by other messages only.
  const answer = authorize(ports as AuthorizePorts, message)
  return { answer, debits, conclusions, dropped }
}

/** The record takes what it is given. */
function asSent({ decision }: Conclusion): Promise<Concluded> {
  const { kind, body } = decision
  const state = kind === 'approve' ? 'approved' : 'declined'
  return Promise.resolve({ state, reason: undefined, body })
}

test('a debit that happened approves, by the bytes that were recorded', async () => {
  const { answer, debits, conclusions } = send({})
  const { status, body } = await answer
  expect(status).toBe(200)
  expect(JSON.parse(body)).toMatchObject({ authorizationId: id, decision: 'approved' })
  expect(body).toBe(conclusions[0]?.decision.body)
  expect(debits).toEqual([order])
})

test('nothing is answered before CONCLUDE is over', async () => {
  const recording = Promise.withResolvers<Concluded>()
  let isAnswered = false
  const { answer } = send({ concluded: () => recording.promise })
  void answer.finally(() => {
    isAnswered = true
  })
  await new Promise(setImmediate)
  expect(isAnswered).toBe(false)
  recording.resolve({ state: 'approved', reason: undefined, body: 'recorded' })
  expect((await answer).body).toBe('recorded')
})

test('an approval that could not be recorded is none', async () => {
  const { answer } = send({ concluded: () => Promise.reject(new Error('no connection')) })
  await expect(answer).rejects.toThrow('no connection')
})

test('what another wrote first is answered, not what was made here', async () => {
  const reason = 'exchange_in_doubt'
  const { answer, conclusions } = send({
    concluded: () => Promise.resolve({ state: 'declined', reason, body: 'written first' }),
  })
  expect((await answer).body).toBe('written first')
  expect(conclusions).toHaveLength(1)
})

test('an approval that was overtaken gets the bytes of its decline, and nothing else is told', async () => {
  const reason = 'reversed_before_authorization'
  const { answer, conclusions } = send({
    concluded: (conclusion) =>
      conclusion.decision.kind === 'approve'
        ? Promise.resolve({ state: 'declined', reason, body: undefined })
        : asSent(conclusion),
  })
  expect(JSON.parse((await answer).body)).toMatchObject({ decision: 'declined', reason })
  expect(conclusions.map(({ decision }) => decision.kind)).toEqual(['approve', 'decline'])
})

test('a debit in doubt is asked for once, and declines', async () => {
  const { answer, debits } = send({ debit: { kind: 'in_doubt', detail: 'silence' } })
  const reason = 'exchange_in_doubt'
  expect(JSON.parse((await answer).body)).toMatchObject({ decision: 'declined', reason })
  expect(debits).toEqual([order])
})

const DECLINED = { kind: 'declined', id, reason: 'amount_limit_exceeded' } as const

test.each<[string, Acceptance, string]>([
  ['a repeat', { kind: 'replay', body: '{"b": 1,  "a":2}' }, '{"b": 1,  "a":2}'],
  ['what was declined with its bytes', { ...DECLINED, body: 'declined' }, 'declined'],
  ['a limit that was found under lock', { ...DECLINED, body: undefined }, 'amount_limit_exceeded'],
  ['another message under its key', { kind: 'mismatch' }, 'key_reused'],
])('%s debits nothing', async (_name, acceptance, told) => {
  const { answer, debits, conclusions } = send({ acceptances: [acceptance] })
  expect((await answer).body).toContain(told)
  expect(debits).toEqual([])
  expect(conclusions.every(({ decision }) => decision.kind === 'decline')).toBe(true)
})

test('a card that goes on changing is given up after three reads, and nothing is debited', async () => {
  const changed = { kind: 'card_changed' } as const
  const { answer, debits, dropped } = send({ acceptances: [changed, changed, changed] })
  expect((await answer).status).toBe(503)
  expect(debits).toEqual([])
  expect(dropped).toHaveLength(2)
})
