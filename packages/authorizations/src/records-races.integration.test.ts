import type { CardToken } from '@tolem/domain/ids'
import { aCard, aNewAuthorization } from '@tolem/testing/builders'
import { aNewReversal } from '@tolem/testing/follow-ups'
import { expect, onTestFinished, test } from 'vitest'
import type { Holds } from './holds.ts'
import type { Concluded } from './records/conclude.ts'
import type { AuthorizationRecords } from './records.ts'
import {
  approval,
  approvedBody,
  BREACHES,
  concludeWhole,
  declinedBody,
  type OpenedRecords,
  openRecords,
  refusal,
} from './testing/opened-records.ts'

type Item = ReturnType<typeof aNewAuthorization>

/** How many races run at the same time: enough to share statements, few enough to interleave. */
const AT_ONCE = 15
const ROUNDS = 150

const cardOf = (round: number) => aCard({ token: `ct_race_${round % AT_ONCE}` as CardToken })

async function openForRaces(): Promise<OpenedRecords> {
  const opened = await openRecords(onTestFinished)
  for (let round = 0; round < AT_ONCE; round += 1) await opened.putCard(cardOf(round))
  return opened
}

async function race<T>(once: (item: Item, round: number) => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let start = 0; start < ROUNDS; start += AT_ONCE)
    results.push(
      ...(await Promise.all(
        Array.from({ length: AT_ONCE }, (_, index) =>
          once(aNewAuthorization({ card: cardOf(start + index) }), start + index),
        ),
      )),
    )
  return results
}

function byKey(item: Item) {
  return aNewReversal({
    original: { kind: 'by_key', messageKind: 'authorization', networkKey: item.request.networkKey },
  })
}

/** The path as the authorizer goes it: ACCEPT, and CONCLUDE of whatever is not yet concluded. */
async function authorize(records: AuthorizationRecords, item: Item): Promise<string | Concluded> {
  const acceptance = await records.accept(item)
  if (acceptance.kind === 'accepted') return concludeWhole(records, approval(item))
  if (acceptance.kind !== 'declined') return acceptance.kind
  const { id, reason } = acceptance
  const body = declinedBody(id, reason)
  return records.conclude({ id, decision: { kind: 'decline', reason, body } })
}

/** Lets the other side start a little earlier or later, so that the race is run at every stage. */
async function afterTurns(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate)
}

async function outcomeOf(holds: Holds, reversal: ReturnType<typeof byKey>) {
  const reversed = await holds.reverse(reversal)
  return reversed.kind === 'mismatch' ? 'mismatch' : String(JSON.parse(reversed.body).outcome)
}

test('a reversal and its authorization at once never leave an approval that the reversal did not see', async () => {
  const { records, otherHolds, ask } = await openForRaces()
  const results = await race(async (item, round) => {
    const [concluded, outcome] = await Promise.all([
      afterTurns(round % 7).then(() => authorize(records, item)),
      afterTurns(round % 5).then(() => outcomeOf(otherHolds, byKey(item))),
    ])
    const state = typeof concluded === 'string' ? concluded : concluded.state
    return `${outcome}, ${state}`
  })
  const seen = new Set(results)
  for (const one of [
    'recorded_before_original, declined',
    'stopped, declined',
    'reversed, approved',
  ])
    seen.delete(one)
  expect([...seen]).toEqual([])
  expect(await ask('SELECT FROM "authorization"')).toHaveLength(ROUNDS)
  expect(
    await ask(`SELECT FROM "authorization" WHERE state = 'approved' AND reversal_id IS NULL`),
  ).toEqual([])
  expect(await ask(BREACHES)).toEqual([])
})

test('a repeat and a reversal of one approval do not wait for each other in a circle', async () => {
  const { records, otherHolds, ask, deadlocks } = await openForRaces()
  const results = await race(async (item) => {
    await authorize(records, item)
    const [repeat, outcome] = await Promise.all([
      records.accept(aNewAuthorization({ card: item.plan.card, request: item.request })),
      outcomeOf(otherHolds, byKey(item)),
    ])
    expect(repeat).toEqual({ kind: 'replay', body: approvedBody(item.id) })
    return outcome
  })
  expect(new Set(results)).toEqual(new Set(['reversed']))
  expect(deadlocks()).toBe(0)
  expect(await ask(BREACHES)).toEqual([])
})

test('of an approval and a decline at once exactly one stands, and both are answered with it', async () => {
  const { records, other, ask } = await openForRaces()
  await race(async (item, round) => {
    await records.accept(item)
    const [one, two] = await Promise.all([
      afterTurns(round % 3).then(() => concludeWhole(records, approval(item))),
      afterTurns(round % 2).then(() =>
        other.conclude(refusal(item, 'exchange_in_doubt', { kind: 'in_doubt', detail: '' })),
      ),
    ])
    expect(two).toEqual(one)
    expect(
      await records.accept(aNewAuthorization({ card: item.plan.card, request: item.request })),
    ).toEqual({
      kind: 'replay',
      body: one.body,
    })
  })
  expect(await ask(BREACHES)).toEqual([])
})

test('CONCLUDE twice gives the first bytes twice and posts once', async () => {
  const { records, other, ask } = await openForRaces()
  await race(async (item) => {
    await records.accept(item)
    const again = approval(item, 'ZZZZZZ')
    const body = `${approvedBody(item.id)} `
    const [one, two] = await Promise.all([
      concludeWhole(records, approval(item)),
      other.conclude({ ...again, decision: { ...again.decision, body } }),
    ])
    expect(two).toEqual(one)
    expect(await concludeWhole(records, approval(item))).toEqual(one)
  })
  expect(await ask(BREACHES)).toEqual([])
})

test('an approval is never both delivered to a repeat and withdrawn', async () => {
  const { records, other, ask } = await openForRaces()
  const results = await race(async (item, round) => {
    await authorize(records, item)
    const body = declinedBody(item.id, 'deadline_exceeded')
    const [withdrawn, repeat] = await Promise.all([
      afterTurns(round % 4).then(() =>
        records.withdraw(item.id, { kind: 'decline', reason: 'deadline_exceeded', body }),
      ),
      afterTurns(round % 3).then(() =>
        other.accept(aNewAuthorization({ card: item.plan.card, request: item.request })),
      ),
    ])
    expect(repeat).toEqual({ kind: 'replay', body: withdrawn })
    const found = await records.find(item.request.bank, item.id)
    expect(found?.body).toBe(withdrawn)
    return found?.state
  })
  expect(results).toHaveLength(ROUNDS)
  expect(await ask(BREACHES)).toEqual([])
})

test('an approval is never both reversed and withdrawn', async () => {
  const { records, otherHolds, ask } = await openForRaces()
  await race(async (item, round) => {
    await authorize(records, item)
    const body = declinedBody(item.id, 'deadline_exceeded')
    const [withdrawn, outcome] = await Promise.all([
      afterTurns(round % 4).then(() =>
        records.withdraw(item.id, { kind: 'decline', reason: 'deadline_exceeded', body }),
      ),
      afterTurns(round % 3).then(() => outcomeOf(otherHolds, byKey(item))),
    ])
    expect(outcome).toBe(withdrawn === body ? 'nothing_to_reverse' : 'reversed')
  })
  expect(await ask(BREACHES)).toEqual([])
})

test('two withdrawals at once answer with the one that stands', async () => {
  const { records, other, ask } = await openForRaces()
  await race(async (item) => {
    await authorize(records, item)
    const bodies = await Promise.all(
      [records, other].map((through) =>
        through.withdraw(item.id, {
          kind: 'decline',
          reason: 'deadline_exceeded',
          body: 'declined',
        }),
      ),
    )
    expect(bodies).toEqual(['declined', 'declined'])
  })
  expect(await ask(BREACHES)).toEqual([])
})
