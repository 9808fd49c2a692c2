import type { AuthorizationRequest } from '@tolem/domain/authorization'
import type { AuthorizationId, BankId } from '@tolem/domain/ids'
import { anAuthorizationId, anAuthorizationRequest } from '@tolem/testing/builders'
import { decisionAnswer } from '@tolem/wire/authorization'
import type { WireAnswer } from '@tolem/wire/problem'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createFlights } from './flights.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const APPROVED = decisionAnswer('approved')
const DECLINED = decisionAnswer('declined')
const BUDGET_MS = 1_000

/** Lets everything that needs no time happen. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise(setImmediate)
}

async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms)
  await settle()
}

/** A decision that is made when told. */
function aDecision() {
  const { promise, resolve, reject } = Promise.withResolvers<WireAnswer>()
  const ids: AuthorizationId[] = []
  const decide = (id: AuthorizationId) => {
    ids.push(id)
    return promise
  }
  return { decide, resolve, reject, ids }
}

function openFlights(
  options: { readonly limit?: number; readonly withdrawn?: Promise<WireAnswer> } = {},
) {
  const withdrawals: AuthorizationId[] = []
  const forgotten: AuthorizationId[] = []
  const flights = createFlights({
    limit: options.limit ?? 10,
    monotonicNow: () => performance.now(),
    newId: anAuthorizationId,
    withdraw: (id) => {
      withdrawals.push(id)
      return options.withdrawn ?? Promise.resolve(undefined)
    },
    forget: (id) => void forgotten.push(id),
  })
  const answerOnce = (
    request: AuthorizationRequest,
    decide: (id: AuthorizationId) => Promise<WireAnswer>,
    budgetMs = BUDGET_MS,
  ) => flights.answerOnce(request, { at: performance.now() + budgetMs, windowEndsAt: 0 }, decide)
  return { flights, answerOnce, withdrawals, forgotten }
}

function nameOf(answer: WireAnswer): string {
  return JSON.parse(answer.body).type
}

test('concurrent copies of a message are decided once and answered alike', async () => {
  const { answerOnce, flights, withdrawals, forgotten } = openFlights()
  const request = anAuthorizationRequest()
  const decision = aDecision()
  const answers = Promise.all(
    Array.from({ length: 100 }, () => answerOnce({ ...request }, decision.decide)),
  )
  expect(flights.underWay()).toBe(1)
  decision.resolve(APPROVED)
  for (const answer of await answers) expect(answer).toBe(APPROVED)
  await settle()
  expect(decision.ids).toHaveLength(1)
  expect(forgotten).toEqual(decision.ids)
  expect(withdrawals).toEqual([])
  expect(flights.underWay()).toBe(0)
})

test('other content under a key that is under way is refused and not decided', async () => {
  const { answerOnce } = openFlights()
  const request = anAuthorizationRequest()
  const [first, second] = [aDecision(), aDecision()]
  const answer = answerOnce(request, first.decide)
  const other = { ...request, fingerprint: Buffer.alloc(32) }
  expect(nameOf(await answerOnce(other, second.decide))).toBe('/problems/key_reused')
  expect(second.ids).toEqual([])
  first.resolve(APPROVED)
  expect(await answer).toBe(APPROVED)
})

test('the same network key at another bank is another message', async () => {
  const { answerOnce, flights } = openFlights()
  const request = anAuthorizationRequest()
  const [ours, theirs] = [aDecision(), aDecision()]
  const answers = [
    answerOnce(request, ours.decide),
    answerOnce({ ...request, bank: 'forte' as BankId }, theirs.decide),
  ]
  expect(flights.underWay()).toBe(2)
  ours.resolve(APPROVED)
  theirs.resolve(DECLINED)
  expect(await Promise.all(answers)).toEqual([APPROVED, DECLINED])
})

test('a copy that comes after the answer is decided anew', async () => {
  const { answerOnce } = openFlights()
  const request = anAuthorizationRequest()
  await answerOnce(request, () => Promise.resolve(APPROVED))
  await settle()
  expect(await answerOnce(request, () => Promise.resolve(DECLINED))).toBe(DECLINED)
})

test('an answer is given inside the deadline although the decision hangs', async () => {
  const { answerOnce, flights } = openFlights()
  const answer = answerOnce(anAuthorizationRequest(), aDecision().decide)
  let answered = false
  void answer.finally(() => {
    answered = true
  })
  await pass(BUDGET_MS - 81)
  expect(answered).toBe(false)
  await pass(1)
  expect(nameOf(await answer)).toBe('/problems/no_answer_in_time')
  expect(flights.underWay()).toBe(1)
})

test('a message whose deadline has passed is answered at once', async () => {
  const { answerOnce } = openFlights()
  const answer = answerOnce(anAuthorizationRequest(), aDecision().decide, -5)
  await pass(0)
  expect(nameOf(await answer)).toBe('/problems/no_answer_in_time')
})

test('what was decided too late and told to nobody is withdrawn', async () => {
  const { answerOnce, withdrawals, forgotten, flights } = openFlights()
  const decision = aDecision()
  const answer = answerOnce(anAuthorizationRequest(), decision.decide)
  await pass(BUDGET_MS)
  expect(nameOf(await answer)).toBe('/problems/no_answer_in_time')
  expect(withdrawals).toEqual([])
  decision.resolve(APPROVED)
  await settle()
  expect(withdrawals).toEqual(decision.ids)
  expect(forgotten).toEqual([])
  expect(flights.underWay()).toBe(0)
})

test('what a copy with more time was told stands, though the first copy gave up', async () => {
  const { answerOnce, withdrawals, forgotten } = openFlights()
  const request = anAuthorizationRequest()
  const decision = aDecision()
  const first = answerOnce(request, decision.decide, 300)
  const second = answerOnce(request, decision.decide, 900)
  await pass(400)
  expect(nameOf(await first)).toBe('/problems/no_answer_in_time')
  decision.resolve(APPROVED)
  expect(await second).toBe(APPROVED)
  await settle()
  expect(withdrawals).toEqual([])
  expect(forgotten).toEqual(decision.ids)
})

test('a copy that comes during a withdrawal waits for it and gets what stands then', async () => {
  const withdrawn = Promise.withResolvers<WireAnswer>()
  const { answerOnce, withdrawals, flights } = openFlights({ withdrawn: withdrawn.promise })
  const request = anAuthorizationRequest()
  const decision = aDecision()
  const first = answerOnce(request, decision.decide)
  await pass(BUDGET_MS)
  await first
  decision.resolve(APPROVED)
  await settle()
  expect(withdrawals).toHaveLength(1)
  const late = aDecision()
  const joined = answerOnce(request, late.decide)
  await settle()
  withdrawn.resolve(DECLINED)
  expect(await joined).toBe(DECLINED)
  await settle()
  expect(late.ids).toEqual([])
  expect(flights.underWay()).toBe(0)
})

test('a copy that comes during a withdrawal that has nothing to undo gets the decision', async () => {
  const withdrawn = Promise.withResolvers<WireAnswer>()
  const { answerOnce } = openFlights({ withdrawn: withdrawn.promise })
  const request = anAuthorizationRequest()
  const decision = aDecision()
  const first = answerOnce(request, decision.decide)
  await pass(BUDGET_MS)
  await first
  decision.resolve(DECLINED)
  await settle()
  const joined = answerOnce(request, decision.decide)
  withdrawn.resolve(undefined as never)
  expect(await joined).toBe(DECLINED)
})

test('a failed withdrawal is told to who waits for it and leaves nothing behind', async () => {
  const withdrawn = Promise.withResolvers<WireAnswer>()
  const { answerOnce, flights } = openFlights({ withdrawn: withdrawn.promise })
  const request = anAuthorizationRequest()
  const decision = aDecision()
  const first = answerOnce(request, decision.decide)
  await pass(BUDGET_MS)
  await first
  decision.resolve(APPROVED)
  await settle()
  const joined = answerOnce(request, decision.decide)
  withdrawn.reject(new Error('the database is down'))
  await expect(joined).rejects.toThrow('the database is down')
  await settle()
  expect(flights.underWay()).toBe(0)
})

test('at the limit new messages are refused at once, and copies may still join', async () => {
  const { answerOnce, flights } = openFlights({ limit: 2 })
  const requests = [anAuthorizationRequest(), anAuthorizationRequest()]
  const decision = aDecision()
  const answers = requests.map((request) => answerOnce(request, decision.decide))
  const refused = aDecision()
  expect(nameOf(await answerOnce(anAuthorizationRequest(), refused.decide))).toBe(
    '/problems/overloaded',
  )
  expect(refused.ids).toEqual([])
  answers.push(answerOnce(requests[0] ?? anAuthorizationRequest(), decision.decide))
  decision.resolve(APPROVED)
  expect(await Promise.all(answers)).toEqual([APPROVED, APPROVED, APPROVED])
  await settle()
  expect(flights.underWay()).toBe(0)
  expect(await answerOnce(anAuthorizationRequest(), () => Promise.resolve(DECLINED))).toBe(DECLINED)
})

test('a decision that fails fails every copy, is withdrawn, and leaves nothing behind', async () => {
  const { answerOnce, flights, withdrawals } = openFlights()
  const request = anAuthorizationRequest()
  const decision = aDecision()
  const answers = [answerOnce(request, decision.decide), answerOnce(request, decision.decide)]
  decision.reject(new Error('the database is down'))
  for (const answer of answers) await expect(answer).rejects.toThrow('the database is down')
  await settle()
  expect(withdrawals).toEqual(decision.ids)
  expect(flights.underWay()).toBe(0)
})

test('a decision that fails after everybody gave up is nobody’s unhandled rejection', async () => {
  const { answerOnce, flights } = openFlights()
  const decision = aDecision()
  const answer = answerOnce(anAuthorizationRequest(), decision.decide)
  await pass(BUDGET_MS)
  await answer
  decision.reject(new Error('the database is down'))
  await settle()
  expect(flights.underWay()).toBe(0)
})

test('settled waits until everything that is under way has landed, whoever asks', async () => {
  const { answerOnce, flights } = openFlights()
  await flights.settled()
  const decisions = [aDecision(), aDecision()]
  const answers = decisions.map(({ decide }) => answerOnce(anAuthorizationRequest(), decide))
  const settled: string[] = []
  void flights.settled().then(() => settled.push('one'))
  void flights.settled().then(() => settled.push('two'))
  decisions[0]?.resolve(APPROVED)
  await settle()
  expect(settled).toEqual([])
  decisions[1]?.resolve(APPROVED)
  await Promise.all(answers)
  await settle()
  expect(settled).toEqual(['one', 'two'])
})
