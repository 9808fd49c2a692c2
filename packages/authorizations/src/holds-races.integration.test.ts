import type { CardToken } from '@tolem/domain/ids'
import { aCard, aNewAuthorization } from '@tolem/testing/builders'
import { aNewAdvice, aNewClearing, aNewRefund, aNewReversal } from '@tolem/testing/follow-ups'
import { expect, onTestFinished, test } from 'vitest'
import {
  approval,
  BREACHES,
  concludeWhole,
  declinedBody,
  openRecords,
} from './testing/opened-records.ts'
import { amountsOf, answerOf, approved, byId, byKey, type Item, tenge } from './testing/scenes.ts'

/** How many races run at the same time: enough to share statements, few enough to interleave. */
const AT_ONCE = 15
const ROUNDS = 150

const cardOf = (round: number) => aCard({ token: `ct_race_${round % AT_ONCE}` as CardToken })

async function openForRaces() {
  const opened = await openRecords(onTestFinished)
  for (let round = 0; round < AT_ONCE; round += 1) await opened.putCard(cardOf(round))
  return opened
}

async function race<T>(once: (round: number) => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let start = 0; start < ROUNDS; start += AT_ONCE)
    results.push(...(await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => once(start + n)))))
  return results
}

/** Lets the other side start a little earlier or later, so that the race is run at every stage. */
async function afterTurns<T>(turns: number, work: () => Promise<T>): Promise<T> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate)
  return work()
}

test('two reversals, a clearing and a refund of one hold at once come to what some order of them gives', async () => {
  const opened = await openForRaces()
  const { holds, otherHolds } = opened
  await race(async (round) => {
    const item = await approved(opened, { card: cardOf(round) })
    const original = byId(item.id)
    const partial = aNewReversal({ original: byKey(item), replacement: tenge(700_000n) })
    const clearing = aNewClearing({ original, amount: tenge(600_000n), isLast: round % 2 === 0 })
    const refund = aNewRefund({ original, amount: tenge(100_000n) })
    const answers = await Promise.all([
      afterTurns(round % 5, () => holds.reverse(partial)),
      afterTurns(round % 3, () => otherHolds.reverse(aNewReversal({ original }))),
      afterTurns(round % 7, () => otherHolds.clear(clearing)),
      afterTurns(round % 4, () => holds.refund(refund)),
    ])
    expect(answers.map(({ kind }) => kind)).toEqual(answers.map(() => 'recorded'))
    const amounts = await amountsOf(opened, item.id)
    const { outcome } = answerOf(answers[2])
    // The clearing took what was held, or came after the full reversal and was exposed.
    expect(amounts).toMatchObject(
      outcome === 'cleared'
        ? { approved: '1250000', cleared: '600000', released: '650000' }
        : { approved: '1850000', cleared: '600000', released: '1250000' },
    )
  })
  expect(opened.deadlocks()).toBe(0)
  expect(await opened.ask(BREACHES)).toEqual([])
})

/** The path as the authorizer goes it: ACCEPT, and CONCLUDE of whatever is not yet concluded. */
async function authorize(opened: Awaited<ReturnType<typeof openForRaces>>, item: Item) {
  const acceptance = await opened.records.accept(item)
  if (acceptance.kind === 'accepted') return concludeWhole(opened.records, approval(item))
  if (acceptance.kind !== 'declined') return expect.unreachable()
  const { id, reason } = acceptance
  const body = declinedBody(id, reason)
  return opened.records.conclude({ id, decision: { kind: 'decline', reason, body } })
}

test('a presentment and its authorization at once take the money once', async () => {
  const opened = await openForRaces()
  const results = await race(async (round) => {
    const item = aNewAuthorization({ card: cardOf(round) })
    const [concluded, recorded] = await Promise.all([
      afterTurns(round % 7, () => authorize(opened, item)),
      afterTurns(round % 5, () =>
        opened.otherHolds.clear(
          aNewClearing({ original: byKey(item), cardToken: item.request.cardToken }),
        ),
      ),
    ])
    return `${concluded.state} ${String(answerOf(recorded)['outcome'])}`
  })
  expect(
    [...new Set(results)].filter(
      (one) => one !== 'approved cleared' && one !== 'declined force_posted',
    ),
  ).toEqual([])
  expect(opened.deadlocks()).toBe(0)
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('an advice and its request at once are approved once', async () => {
  const opened = await openForRaces()
  const results = await race(async (round) => {
    const item = aNewAuthorization({ card: cardOf(round) })
    const advice = aNewAdvice({ original: byKey(item), cardToken: item.request.cardToken })
    const [concluded, recorded] = await Promise.all([
      afterTurns(round % 7, () => authorize(opened, item)),
      afterTurns(round % 5, () => opened.otherHolds.advise(advice)),
    ])
    return `${concluded.state} ${String(answerOf(recorded)['outcome'])}`
  })
  expect(
    [...new Set(results)].filter(
      (one) => one !== 'approved already_approved' && one !== 'declined approved',
    ),
  ).toEqual([])
  expect(opened.deadlocks()).toBe(0)
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('an increment and the reversal of its hold at once never leave an increment unseen by the reversal', async () => {
  const opened = await openForRaces()
  const results = await race(async (round) => {
    const card = cardOf(round)
    const first = await approved(opened, { card })
    const request = { kind: 'increment', original: byId(first.id) } as const
    const increment = aNewAuthorization({ card, parent: first.id, request })
    const [concluded, recorded] = await Promise.all([
      afterTurns(round % 5, () => authorize(opened, increment)),
      afterTurns(round % 7, () =>
        opened.otherHolds.reverse(aNewReversal({ original: byKey(first) })),
      ),
    ])
    return `${concluded.state} ${String(answerOf(recorded)['released'])}`
  })
  expect(
    [...new Set(results)].filter((one) => one !== 'approved 2500000' && one !== 'declined 1250000'),
  ).toEqual([])
  expect(await opened.ask(BREACHES)).toEqual([])
})
