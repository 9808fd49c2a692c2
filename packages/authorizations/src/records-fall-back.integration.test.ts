import type { DeclineReason } from '@tolem/domain/decision'
import { movementReference, uuidOf } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import { aCard, aNewAuthorization } from '@tolem/testing/builders'
import { expect, onTestFinished, test } from 'vitest'
import type { FallBack } from './records/fall-back.ts'
import {
  anIncrement,
  approval,
  approvedBody,
  BREACHES,
  declinedBody,
  type OpenedRecords,
  openRecords,
  refusal,
} from './testing/opened-records.ts'

type Item = ReturnType<typeof aNewAuthorization>

async function openAccepted() {
  const opened = await openRecords(onTestFinished)
  await opened.putCard(aCard())
  const item = aNewAuthorization()
  await opened.records.accept(item)
  return { ...opened, item }
}

/** A second debit, of a little more than half. */
function lowered(item: Item): FallBack & { readonly item: Item } {
  const quote = {
    ...item.plan.debits[0].quote,
    billing: amountOf('KZT', 700_000n),
    fee: amountOf('KZT', 7_000n),
    spread: amountOf('KZT', 3_551n),
    debit: amountOf('USDT', 1_498_421_100n),
  }
  const reference = movementReference(item.id, 'debit', 2)
  const order = { ...item.plan.debits[0].order, reference, amount: quote.debit }
  const { billing } = quote
  const debits = [{ order, quote }] as const
  const plan = { ...item.plan, outcome: 'partially_approved', billing, debits } as const
  return {
    id: item.id,
    refused: { reference: item.plan.debits[0].order.reference, detail: 'too little' },
    plan,
    cash: amountOf('KZT', 0n),
    item: { ...item, plan } as never,
  }
}

const MOVEMENTS = `
  SELECT reference, state, amount, detail, billing, fee, spread FROM movement WHERE kind = 'debit' ORDER BY reference`

async function usageOf({ ask }: OpenedRecords) {
  const [usage] = await ask<{ day_amount: string; day_count: number }>(
    'SELECT day_amount, day_count FROM card_usage',
  )
  return usage
}

test('a fall-back refuses the first debit, intends the second, and counts only that', async () => {
  const opened = await openAccepted()
  const { records, other, ask, item } = opened
  const less = lowered(item)
  expect(await records.fallBack(less)).toBe(true)
  expect(await ask(MOVEMENTS)).toEqual([
    {
      reference: item.plan.debits[0].order.reference,
      state: 'refused',
      amount: '2675751900',
      detail: 'too little',
      billing: '1250000',
      fee: '12500',
      spread: '6341',
    },
    {
      reference: less.plan.debits[0].order.reference,
      state: 'intended',
      amount: '1498421100',
      detail: null,
      billing: '700000',
      fee: '7000',
      spread: '3551',
    },
  ])
  expect(await usageOf(opened)).toEqual({ day_amount: '700000', day_count: 1 })
  expect(await records.conclude(approval(less.item))).toMatchObject({ state: 'approved' })
  expect(
    await ask('SELECT billing_amount, requested_amount, approved_amount FROM "authorization"'),
  ).toEqual([{ billing_amount: '700000', requested_amount: '1250000', approved_amount: '700000' }])
  expect(await ask('SELECT kind, detail FROM authorization_event')).toEqual([
    { kind: 'approved', detail: 'partially_approved' },
  ])
  const copy = aNewAuthorization({ request: item.request })
  expect(await other.accept(copy)).toEqual({ kind: 'replay', body: approvedBody(item.id) })
  expect(await ask(BREACHES)).toEqual([])
})

test('a fall-back whose answer was lost is asked again without doing more', async () => {
  const opened = await openAccepted()
  const less = lowered(opened.item)
  expect(await opened.records.fallBack(less)).toBe(true)
  const before = await opened.ask(MOVEMENTS)
  expect(await opened.other.fallBack(less)).toBe(true)
  expect(await opened.ask(MOVEMENTS)).toEqual(before)
  expect(await usageOf(opened)).toEqual({ day_amount: '700000', day_count: 1 })
  expect(await opened.ask(BREACHES)).toEqual([])
})

test.each([
  ['overtaken', `UPDATE "authorization" SET overtaken_as = 'cleared_before_authorization'`],
  ['taken over by settlement', 'SELECT authorization_decline_in_doubt(id) FROM "authorization"'],
])('what was %s meanwhile is not debited again', async (_name, change) => {
  const opened = await openAccepted()
  await opened.ask(change)
  const before = await opened.ask(MOVEMENTS)
  expect(await opened.records.fallBack(lowered(opened.item))).toBe(false)
  expect(await opened.ask(MOVEMENTS)).toEqual(before)
  await opened.records.conclude(refusal(opened.item))
  expect(await usageOf(opened)).toEqual({ day_amount: '0', day_count: 0 })
})

test('a second debit that is in doubt declines, and gives back what was still counted', async () => {
  const opened = await openAccepted()
  const less = lowered(opened.item)
  await opened.records.fallBack(less)
  const silence = { kind: 'in_doubt', detail: 'silence' } as const
  await opened.records.conclude(refusal(less.item, 'exchange_in_doubt', silence))
  expect(await opened.ask(MOVEMENTS)).toMatchObject([{ state: 'refused' }, { state: 'in_doubt' }])
  expect(await usageOf(opened)).toEqual({ day_amount: '0', day_count: 0 })
  expect(await opened.ask(BREACHES)).toEqual([])
})

test('a second debit that nobody concluded is declined by settlement for what it counts', async () => {
  const opened = await openAccepted()
  await opened.records.fallBack(lowered(opened.item))
  await opened.ask('SELECT authorization_decline_in_doubt(id) FROM "authorization"')
  expect(await usageOf(opened)).toEqual({ day_amount: '0', day_count: 0 })
})

function decline(item: Item, reason: DeclineReason = 'deadline_exceeded') {
  return { kind: 'decline', reason, body: declinedBody(item.id, reason) } as const
}

test('a withdrawn approval credits its debit and posts its tenge back', async () => {
  const opened = await openAccepted()
  const { records, ask, item } = opened
  await records.fallBack(lowered(item))
  await records.conclude(approval(lowered(item).item))
  expect(await records.withdraw(item.id, decline(item))).toBe(decline(item).body)
  expect(await ask(`SELECT debit_reference, purpose FROM movement WHERE kind = 'credit'`)).toEqual([
    { debit_reference: movementReference(item.id, 'debit', 2), purpose: 'undo' },
  ])
  expect(
    await ask(
      `SELECT credited = amount AS is_credited, released FROM movement WHERE state = 'executed'`,
    ),
  ).toEqual([{ is_credited: true, released: '700000' }])
  expect(
    await ask(`SELECT sum(balance) FROM ledger_balance WHERE asset = 'KZT' AND balance <> 0`),
  ).toEqual([{ sum: null }])
  expect(await usageOf(opened)).toEqual({ day_amount: '0', day_count: 0 })
  expect(await ask(BREACHES)).toEqual([])
})

test('a withdrawn increment gives no count back', async () => {
  const opened = await openAccepted()
  await opened.records.conclude(approval(opened.item))
  const item = anIncrement(opened.item)
  await opened.records.accept(item)
  await opened.records.conclude(approval(item))
  const body = declinedBody(item.id, 'deadline_exceeded')
  const withdrawn = { kind: 'decline', reason: 'deadline_exceeded', body } as const
  expect(await opened.records.withdraw(item.id, withdrawn)).toBe(body)
  expect(await usageOf(opened)).toEqual({ day_amount: '1250000', day_count: 1 })
  expect(await opened.ask(BREACHES)).toEqual([])
})

test.each(['released_amount', 'cleared_amount', 'refunded_amount'])(
  'an approval of which something is in %s is not withdrawn',
  async (column) => {
    const { records, ask, item } = await openAccepted()
    await records.conclude(approval(item))
    await ask(`UPDATE "authorization" SET ${column} = 1 WHERE id = $1`, [uuidOf(item.id)])
    expect(await records.withdraw(item.id, decline(item))).toBe(approvedBody(item.id))
    expect(await ask('SELECT state FROM "authorization"')).toEqual([{ state: 'approved' }])
  },
)
