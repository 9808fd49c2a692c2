import type { BankId } from '@tolem/domain/ids'
import { uuidOf } from '@tolem/domain/ids'
import { aCard, aNetworkKey, aNewAuthorization, anAuthorizationId } from '@tolem/testing/builders'
import { aNewReversal } from '@tolem/testing/follow-ups'
import { expect, onTestFinished, test } from 'vitest'
import type { Recorded } from './holds.ts'
import {
  approval,
  BREACHES,
  concludeWhole,
  declinedBody,
  type OpenedRecords,
  openRecords,
  refusal,
} from './testing/opened-records.ts'

type Item = ReturnType<typeof aNewAuthorization>

const byId = (item: Item) => aNewReversal({ original: { kind: 'by_id', authorizationId: item.id } })
const byKey = (item: Item) =>
  aNewReversal({
    original: { kind: 'by_key', messageKind: 'authorization', networkKey: item.request.networkKey },
  })

const WAYS = [
  ['by id', byId],
  ['by key', byKey],
] as const

async function openWithCard(): Promise<OpenedRecords> {
  const opened = await openRecords(onTestFinished)
  await opened.putCard(aCard())
  return opened
}

/** What a reversal was answered. */
function answerOf(reversed: Recorded): { outcome: string; authorizationId?: string } {
  return reversed.kind === 'mismatch' ? { outcome: 'mismatch' } : JSON.parse(reversed.body)
}

async function movementsOf({ ask }: OpenedRecords) {
  return ask(
    'SELECT kind, state, amount, debit_reference FROM movement ORDER BY created_at, kind DESC',
  )
}

async function dayAmount({ ask }: OpenedRecords) {
  const [row] = await ask<{ day_amount: string }>('SELECT day_amount FROM card_usage')
  return row?.day_amount
}

test.each(WAYS)(
  'an approved authorization is reversed %s: one credit, usage given back',
  async (_way, reversalOf) => {
    const opened = await openWithCard()
    const item = aNewAuthorization()
    await opened.records.accept(item)
    await opened.records.conclude(approval(item))
    expect(answerOf(await opened.otherHolds.reverse(reversalOf(item)))).toMatchObject({
      outcome: 'reversed',
      authorizationId: item.id,
    })
    const { reference, amount } = item.plan.debits[0].order
    expect(await movementsOf(opened)).toEqual([
      { kind: 'debit', state: 'executed', amount: String(amount), debit_reference: null },
      { kind: 'credit', state: 'intended', amount: String(amount), debit_reference: reference },
    ])
    expect(await dayAmount(opened)).toBe('0')
    expect(await opened.records.find(item.request.bank, item.id)).toMatchObject({
      state: 'approved',
      reversalId: expect.stringMatching(/^rev_/),
      events: [{ kind: 'approved' }, { kind: 'reversed' }],
    })
    expect(await opened.ask(BREACHES)).toEqual([])
  },
)

test('a reversal of an approval wakes settlement', async () => {
  const opened = await openWithCard()
  const heard = Promise.withResolvers<string>()
  const listener = await opened.postgres.listen('movement_due', heard.resolve, () => {})
  onTestFinished(() => listener.close())
  const item = aNewAuthorization()
  await opened.records.accept(item)
  await opened.records.conclude(approval(item))
  await opened.holds.reverse(byId(item))
  expect(await heard.promise).toBe('')
})

test.each(WAYS)(
  'a reversal %s stops an authorization that is being decided',
  async (_way, reversalOf) => {
    const opened = await openWithCard()
    const item = aNewAuthorization()
    await opened.records.accept(item)
    expect(answerOf(await opened.otherHolds.reverse(reversalOf(item))).outcome).toBe('stopped')
    expect(await concludeWhole(opened.records, approval(item))).toMatchObject({
      state: 'declined',
      body: declinedBody(item.id, 'reversed_before_authorization'),
    })
    expect(await movementsOf(opened)).toMatchObject([{ kind: 'debit', state: 'in_doubt' }])
    expect(await dayAmount(opened)).toBe('0')
    expect(await opened.ask('SELECT FROM ledger_posting')).toEqual([])
    expect(await opened.ask(BREACHES)).toEqual([])
  },
)

test('an authorization that is stopped and refused by the exchange keeps its own reason', async () => {
  const opened = await openWithCard()
  const item = aNewAuthorization()
  await opened.records.accept(item)
  await opened.otherHolds.reverse(byKey(item))
  const { body } = await opened.records.conclude(refusal(item))
  expect(body).toBe(declinedBody(item.id, 'insufficient_funds'))
  expect(await movementsOf(opened)).toMatchObject([{ state: 'refused' }])
  expect(await opened.ask(BREACHES)).toEqual([])
})

test.each(WAYS)('a declined authorization has nothing to reverse %s', async (_way, reversalOf) => {
  const opened = await openWithCard()
  const item = aNewAuthorization()
  await opened.records.accept(item)
  await opened.records.conclude(refusal(item))
  expect(answerOf(await opened.otherHolds.reverse(reversalOf(item))).outcome).toBe(
    'nothing_to_reverse',
  )
  expect(await movementsOf(opened)).toMatchObject([{ kind: 'debit', state: 'refused' }])
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('an authorization that comes after its reversal is declined and debits nothing', async () => {
  const opened = await openWithCard()
  const item = aNewAuthorization()
  const reversal = byKey(item)
  expect(answerOf(await opened.holds.reverse(reversal))).toEqual({
    reversalId: reversal.id,
    outcome: 'recorded_before_original',
  })
  const reason = 'reversed_before_authorization'
  expect(await opened.other.accept(item)).toEqual({
    kind: 'declined',
    id: item.id,
    reason,
    body: undefined,
  })
  const body = declinedBody(item.id, reason)
  await opened.other.conclude({ id: item.id, decision: { kind: 'decline', reason, body } })
  const copy = aNewAuthorization({ request: item.request })
  expect(await opened.records.accept(copy)).toEqual({ kind: 'replay', body })
  expect(answerOf(await opened.holds.reverse(byKey(item))).outcome).toBe('already_reversed')
  expect(await movementsOf(opened)).toEqual([])
  expect(await dayAmount(opened)).toBe('0')
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('a second reversal before the original changes nothing', async () => {
  const opened = await openWithCard()
  const item = aNewAuthorization()
  await opened.holds.reverse(byKey(item))
  expect(answerOf(await opened.otherHolds.reverse(byKey(item))).outcome).toBe(
    'recorded_before_original',
  )
  expect(await opened.other.accept(item)).toMatchObject({ reason: 'reversed_before_authorization' })
})

test('an unknown id has nothing to reverse, and leaves no tombstone', async () => {
  const opened = await openWithCard()
  const reversal = aNewReversal({
    original: { kind: 'by_id', authorizationId: anAuthorizationId() },
  })
  expect(answerOf(await opened.holds.reverse(reversal)).outcome).toBe('nothing_to_reverse')
  expect(await opened.ask("SELECT FROM message WHERE kind = 'authorization'")).toEqual([])
})

test.each(WAYS)('another bank’s authorization cannot be reversed %s', async (_way, reversalOf) => {
  const opened = await openWithCard()
  const item = aNewAuthorization()
  await opened.records.accept(item)
  await opened.records.conclude(approval(item))
  const reversal = reversalOf(item)
  const foreign = { ...reversal, request: { ...reversal.request, bank: 'forte' as BankId } }
  expect(answerOf(await opened.holds.reverse(foreign)).outcome).not.toBe('reversed')
  expect(await movementsOf(opened)).toMatchObject([{ kind: 'debit', state: 'executed' }])
  expect(await opened.records.find(item.request.bank, item.id)).toMatchObject({
    state: 'approved',
    events: [{ kind: 'approved' }],
  })
  expect(await opened.ask(BREACHES)).toEqual([])
})

test.each(WAYS)(
  'twenty copies of one reversal %s at once get one answer and lead to one credit',
  async (_way, reversalOf) => {
    const opened = await openWithCard()
    const item = aNewAuthorization()
    await opened.records.accept(item)
    await opened.records.conclude(approval(item))
    const first = reversalOf(item)
    const copies = Array.from({ length: 20 }, () => ({
      ...aNewReversal(first.request),
      request: first.request,
    }))
    const reversed = await Promise.all(
      copies.map((copy, index) =>
        (index % 2 === 0 ? opened.holds : opened.otherHolds).reverse(copy),
      ),
    )
    expect(new Set(reversed.map((one) => one.kind !== 'mismatch' && one.body)).size).toBe(1)
    expect(reversed.filter(({ kind }) => kind === 'recorded')).toHaveLength(1)
    expect(reversed.filter(({ kind }) => kind === 'replay')).toHaveLength(19)
    expect(await movementsOf(opened)).toHaveLength(2)
    expect(await opened.ask('SELECT FROM reversal')).toHaveLength(1)
    expect(await opened.ask(BREACHES)).toEqual([])
  },
)

test('twenty different reversals of one authorization at once: one reverses, all are recorded', async () => {
  const opened = await openWithCard()
  const item = aNewAuthorization()
  await opened.records.accept(item)
  await opened.records.conclude(approval(item))
  const reversed = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? opened.holds : opened.otherHolds).reverse(
        index % 3 === 0 ? byId(item) : byKey(item),
      ),
    ),
  )
  const outcomes = reversed.map((one) => answerOf(one).outcome)
  expect(outcomes.filter((outcome) => outcome === 'reversed')).toHaveLength(1)
  expect(outcomes.filter((outcome) => outcome === 'already_reversed')).toHaveLength(19)
  expect(await movementsOf(opened)).toHaveLength(2)
  expect(await opened.ask('SELECT FROM reversal')).toHaveLength(20)
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('another reversal under the key of an earlier one is a mismatch and undoes nothing', async () => {
  const opened = await openWithCard()
  const items = [aNewAuthorization(), aNewAuthorization()]
  for (const item of items) {
    await opened.records.accept(item)
    await opened.records.conclude(approval(item))
  }
  const networkKey = aNetworkKey()
  const [first, second] = items.map((item) =>
    aNewReversal({ original: { kind: 'by_id', authorizationId: item.id }, networkKey }),
  )
  if (!first || !second) return expect.unreachable()
  expect(await opened.holds.reverse(first)).toMatchObject({ kind: 'recorded' })
  expect(await opened.otherHolds.reverse(second)).toEqual({ kind: 'mismatch' })
  expect(await movementsOf(opened)).toHaveLength(3)
})

test('a reversal may bear the very network key of its original', async () => {
  const opened = await openWithCard()
  const item = aNewAuthorization()
  const { networkKey } = item.request
  await opened.records.accept(item)
  await opened.records.conclude(approval(item))
  const reversal = aNewReversal({
    original: { kind: 'by_key', messageKind: 'authorization', networkKey },
    networkKey,
  })
  expect(answerOf(await opened.holds.reverse(reversal)).outcome).toBe('reversed')
})

test('a withdrawn approval is a decline that credits its debit and has nothing to reverse', async () => {
  const opened = await openWithCard()
  const item = aNewAuthorization()
  await opened.records.accept(item)
  await opened.records.conclude(approval(item))
  const body = declinedBody(item.id, 'deadline_exceeded')
  const decline = { kind: 'decline', reason: 'deadline_exceeded', body } as const
  expect(await opened.records.withdraw(item.id, decline)).toBe(body)
  expect(await opened.records.withdraw(item.id, { ...decline, body: 'another' })).toBe(body)
  expect(await opened.other.accept(aNewAuthorization({ request: item.request }))).toEqual({
    kind: 'replay',
    body,
  })
  expect(answerOf(await opened.otherHolds.reverse(byKey(item))).outcome).toBe('nothing_to_reverse')
  expect(await movementsOf(opened)).toMatchObject([{ kind: 'debit' }, { kind: 'credit' }])
  expect(await dayAmount(opened)).toBe('0')
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('an approval that a repeat was answered with, that was reversed, or that is old, is not withdrawn', async () => {
  const opened = await openWithCard()
  const items = [aNewAuthorization(), aNewAuthorization(), aNewAuthorization()]
  for (const item of items) {
    await opened.records.accept(item)
    await opened.records.conclude(approval(item))
  }
  const [delivered, reversed, old] = items
  if (!delivered || !reversed || !old) return expect.unreachable()
  await opened.other.accept(aNewAuthorization({ request: delivered.request }))
  await opened.otherHolds.reverse(byId(reversed))
  await opened.ask(
    `UPDATE "authorization" SET concluded_at = concluded_at - interval '11 s' WHERE id = $1`,
    [uuidOf(old.id)],
  )
  const decline = { kind: 'decline', reason: 'deadline_exceeded', body: 'declined' } as const
  for (const item of items)
    expect(await opened.records.withdraw(item.id, decline)).toBe(approval(item).decision.body)
  expect(await opened.ask(BREACHES)).toEqual([])
})
