import type { BankId } from '@tolem/domain/ids'
import { uuidOf } from '@tolem/domain/ids'
import { aCard, aNetworkKey, aNewAuthorization, anAuthorizationId } from '@tolem/testing/builders'
import { aNewReversal } from '@tolem/testing/follow-ups'
import { expect, onTestFinished, test } from 'vitest'
import type { NewAuthorization } from './records/accept.ts'
import {
  anIncrement,
  approval,
  BREACHES,
  concludeWhole,
  declinedBody,
  type OpenedRecords,
  openRecords,
} from './testing/opened-records.ts'

/** Records with a card and an approved purchase that can be raised. */
async function openWithHold() {
  const opened = await openRecords(onTestFinished)
  await opened.putCard(aCard())
  const parent = await approved(opened, aNewAuthorization())
  return { ...opened, parent }
}

async function approved<Item extends NewAuthorization & Parameters<typeof approval>[0]>(
  { records }: OpenedRecords,
  item: Item,
): Promise<Item> {
  await records.accept(item)
  expect(await records.conclude(approval(item))).toMatchObject({ state: 'approved' })
  return item
}

const statement = (text: string) => ({ name: '', text })

/**
 * Ends a hold as everything does that follows an authorization: locks the first authorization, then its increments, and
 * closes what is approved. Gives the increments that it saw approved.
 */
async function close({ postgres }: OpenedRecords, parent: NewAuthorization) {
  const id = uuidOf(parent.id)
  return postgres.runInTransaction(async (run) => {
    await run(statement('SELECT FROM "authorization" WHERE id = $1 FOR UPDATE'), [id])
    const parts = await run<{ id: string; state: string }>(
      statement(
        'SELECT id, state FROM "authorization" WHERE parent_id = $1 ORDER BY id FOR UPDATE',
      ),
      [id],
    )
    await run(
      statement(
        `UPDATE "authorization" SET closed_as = 'expired', hold_until = NULL
         WHERE (id = $1 OR parent_id = $1) AND state = 'approved'`,
      ),
      [id],
    )
    return parts.filter(({ state }) => state === 'approved').map((part) => part.id)
  })
}

test('an increment is a row of its own that counts its amount, and is no authorization more', async () => {
  const opened = await openWithHold()
  const item = await approved(opened, anIncrement(opened.parent))
  const { ask } = opened
  expect(
    await ask(
      `SELECT parent_id, approved_amount, hold_until FROM "authorization" WHERE kind = 'increment'`,
    ),
  ).toEqual([{ parent_id: uuidOf(opened.parent.id), approved_amount: '250000', hold_until: null }])
  expect(await ask('SELECT day_amount, day_count FROM card_usage')).toEqual([
    { day_amount: '1500000', day_count: 1 },
  ])
  expect(await opened.records.accept(anotherCopyOf(item))).toMatchObject({ kind: 'replay' })
  expect(await ask(BREACHES)).toEqual([])
})

function anotherCopyOf(item: NewAuthorization): NewAuthorization {
  return { ...item, id: anAuthorizationId() }
}

test('an increment that is declined gives its amount back, and no count', async () => {
  const opened = await openWithHold()
  const item = anIncrement(opened.parent)
  await opened.records.accept(item)
  const { reference } = item.plan.debits[0].order
  const reason = 'insufficient_funds'
  await opened.records.conclude({
    id: item.id,
    parent: item.parent,
    debits: [{ reference, result: { kind: 'rejected', reason, detail: 'too little' } }],
    decision: { kind: 'decline', reason, body: declinedBody(item.id, reason) },
  })
  expect(await opened.ask('SELECT day_amount, day_count FROM card_usage')).toEqual([
    { day_amount: '1250000', day_count: 1 },
  ])
  expect(await opened.ask(BREACHES)).toEqual([])
})

test.each([
  ['closed', `UPDATE "authorization" SET closed_as = 'cleared' WHERE id = $1`],
  [
    'withdrawn',
    `UPDATE "authorization" SET state = 'declined', decline_reason = 'deadline_exceeded', approval_code = NULL,
       approved_amount = NULL WHERE id = $1`,
  ],
])('an increment of what was %s meanwhile is declined', async (_name, change) => {
  const opened = await openWithHold()
  const { records, ask, parent } = opened
  const item = anIncrement(parent)
  await records.accept(item)
  await ask(change, [uuidOf(parent.id)])
  const body = declinedBody(item.id, 'original_closed')
  expect(await concludeWhole(records, approval(item))).toEqual({
    state: 'declined',
    reason: 'original_closed',
    body,
  })
  expect(await opened.other.accept(anotherCopyOf(item))).toEqual({ kind: 'replay', body })
  const { reference } = item.plan.debits[0].order
  expect(await ask('SELECT state FROM movement WHERE reference = $1', [reference])).toEqual([
    { state: 'in_doubt' },
  ])
  expect(
    await ask('SELECT FROM ledger_posting WHERE authorization_id = $1', [uuidOf(item.id)]),
  ).toEqual([])
})

test('an increment without a parent is recorded only as a decline', async () => {
  const { records, other, ask, parent } = await openWithHold()
  const { parent: _, ...item } = anIncrement(parent)
  const reason = 'original_not_found'
  const body = declinedBody(item.id, reason)
  await records.accept({ ...item, plan: { kind: 'decline', reason, body } })
  expect(await other.accept(anotherCopyOf(item))).toEqual({ kind: 'replay', body })
  expect(await ask(`SELECT parent_id FROM "authorization" WHERE kind = 'increment'`)).toEqual([
    { parent_id: null },
  ])
  await expect(records.accept(anIncrementOfNothing(parent))).rejects.toThrow(
    /authorization_parent_of_increment/,
  )
})

function anIncrementOfNothing(parent: NewAuthorization): NewAuthorization {
  const { parent: _, ...item } = anIncrement(parent)
  return item
}

test('whoever ends a hold and an increment of it at once, no approval is missed', async () => {
  const opened = await openWithHold()
  const { records, other } = opened
  for (let round = 0; round < 60; round += 1) {
    const parent = await approved(opened, aNewAuthorization())
    const items = [anIncrement(parent), anIncrement(parent)]
    for (const item of items) await records.accept(item)
    const [closed, ...concluded] = await Promise.all([
      close(opened, parent),
      ...items.map((item, index) => concludeWhole(index === 0 ? records : other, approval(item))),
    ])
    const approvals = items.filter((_, index) => concluded[index]?.state === 'approved')
    expect(closed).toEqual(approvals.map(({ id }) => uuidOf(id)))
    for (const { state, reason } of concluded)
      if (state === 'declined') expect(reason).toBe('original_closed')
  }
  expect(opened.deadlocks()).toBe(0)
})

test('a reversal of the first request and an increment at once leave nothing held', async () => {
  const opened = await openWithHold()
  const { records, otherHolds, ask, deadlocks } = opened
  for (let round = 0; round < 60; round += 1) {
    const parent = await approved(opened, aNewAuthorization())
    const item = anIncrement(parent)
    await records.accept(item)
    const original = { kind: 'by_id', authorizationId: parent.id } as const
    const [concluded] = await Promise.all([
      concludeWhole(records, approval(item)),
      otherHolds.reverse(aNewReversal({ original })),
    ])
    if (concluded.state === 'declined') expect(concluded.reason).toBe('original_closed')
  }
  expect(
    await ask(
      `SELECT coalesce(sum(approved_amount - released_amount), 0) AS held FROM "authorization"
       WHERE id <> $1`,
      [uuidOf(opened.parent.id)],
    ),
  ).toEqual([{ held: '0' }])
  expect(deadlocks()).toBe(0)
  expect(await ask(BREACHES)).toEqual([])
})

test('increments of one hold and their first request are concluded together, in one batch or two', async () => {
  const opened = await openWithHold()
  const { records, other, parent } = opened
  for (let round = 0; round < 20; round += 1) {
    const items = Array.from({ length: 8 }, () => anIncrement(parent, 100n))
    for (const item of items) await records.accept(item)
    const all = [approval(parent), ...items.map((item) => approval(item))]
    const concluded = await Promise.all(
      all.map((conclusion, index) => (index % 2 === 0 ? records : other).conclude(conclusion)),
    )
    for (const { state } of concluded) expect(state).toBe('approved')
  }
  const { ask, deadlocks } = opened
  expect(deadlocks()).toBe(0)
  expect(await ask(BREACHES)).toEqual([])
})

test('the original of an increment is found by id and by key, through an increment too', async () => {
  const opened = await openWithHold()
  const { records, parent } = opened
  const increment = await approved(opened, anIncrement(parent))
  const { bank, networkKey } = parent.request
  const found = { id: parent.id, cardToken: parent.request.cardToken, type: 'purchase' }
  const open = { ...found, isOpen: true }
  const byId = (item: NewAuthorization) => ({ kind: 'by_id', authorizationId: item.id }) as const
  expect(await records.findOriginal(bank, byId(parent))).toEqual(open)
  expect(await records.findOriginal(bank, byId(increment))).toEqual(open)
  const byKey = { kind: 'by_key', messageKind: 'authorization', networkKey } as const
  expect(await records.findOriginal(bank, byKey)).toEqual(open)
  const ofIncrement = {
    ...byKey,
    messageKind: 'increment',
    networkKey: increment.request.networkKey,
  }
  expect(await records.findOriginal(bank, ofIncrement as typeof byKey)).toEqual(open)
  expect(await records.findOriginal('forte' as BankId, byId(parent))).toBeUndefined()
  expect(await records.findOriginal('forte' as BankId, byKey)).toBeUndefined()
  const unknown = { ...byKey, networkKey: aNetworkKey() }
  expect(await records.findOriginal(bank, unknown)).toBeUndefined()
  await close(opened, parent)
  expect(await records.findOriginal(bank, byId(increment))).toEqual({ ...found, isOpen: false })
})

test('an advice that found its request approved stands for that request', async () => {
  const { records, ask, parent } = await openWithHold()
  const advice = anAuthorizationId()
  await ask(
    `INSERT INTO "authorization" (
       id, kind, bank_id, card_token, local_date, network_key, type, state, approval_code, approved_amount,
       received_at, request_body, response_body, original_id
     )
     SELECT $1, 'advice', bank_id, card_token, local_date, network_key, type, state, approval_code, 0, received_at,
       request_body, response_body, id
     FROM "authorization" WHERE id = $2`,
    [uuidOf(advice), uuidOf(parent.id)],
  )
  const named = { kind: 'by_id', authorizationId: advice } as const
  expect(await records.findOriginal(parent.request.bank, named)).toMatchObject({
    id: parent.id,
    isOpen: true,
  })
})

test.each([
  ['still being decided', {}, false],
  ['final', { isFinal: true }, true],
])('an original that is %s is not open', async (_name, request, isConcluded) => {
  const opened = await openWithHold()
  const item = aNewAuthorization({ request })
  await opened.records.accept(item)
  if (isConcluded) await opened.records.conclude(approval(item))
  const original = { kind: 'by_id', authorizationId: item.id } as const
  expect(await opened.records.findOriginal(item.request.bank, original)).toMatchObject({
    isOpen: false,
  })
})
