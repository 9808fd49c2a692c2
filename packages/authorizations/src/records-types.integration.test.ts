import type { OvertakenReason } from '@tolem/domain/decision'
import { uuidOf } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import { aCard, aNetworkKey, aNewAuthorization, NOON } from '@tolem/testing/builders'
import { expect, onTestFinished, test } from 'vitest'
import type { NewAuthorization } from './records/accept.ts'
import { uuidAt } from './testing/asked-limits.ts'
import {
  approval,
  approvedBody,
  BREACHES,
  declinedBody,
  type OpenedRecords,
  openRecords,
} from './testing/opened-records.ts'

async function openWithCard(): Promise<OpenedRecords> {
  const opened = await openRecords(onTestFinished)
  await opened.putCard(aCard())
  return opened
}

function aVerification(): NewAuthorization {
  const billing = amountOf('KZT', 0n)
  const item = aNewAuthorization({ request: { type: 'account_verification', billing } })
  const { card, day } = item.plan
  const body = approvedBody(item.id)
  return { ...item, plan: { kind: 'verify', card, day, approvalCode: '0A1B2C', body } }
}

/** The same message as another process would bring it. */
function aCopyOf(item: NewAuthorization): NewAuthorization {
  const { id } = aNewAuthorization()
  const { plan } = item
  return { ...item, id, plan: plan.kind === 'verify' ? { ...plan, body: approvedBody(id) } : plan }
}

const STORED = `
  SELECT
    kind, channel, is_final, billing_amount, requested_amount, cash_amount, approved_amount, state, decline_reason,
    hold_until
  FROM "authorization"`

test('ACCEPT keeps what the life of a hold needs, and what its debit pays for', async () => {
  const { records, ask } = await openWithCard()
  const item = aNewAuthorization({ request: { terminalType: 'ecommerce' } })
  const holdUntil = NOON + 7 * 86_400_000
  await records.accept({ ...item, plan: { ...item.plan, holdUntil } })
  expect(await ask(STORED)).toEqual([
    {
      kind: 'authorization',
      channel: 'ecommerce',
      is_final: false,
      billing_amount: '1250000',
      requested_amount: null,
      cash_amount: '0',
      approved_amount: null,
      state: 'accepted',
      decline_reason: null,
      hold_until: new Date(holdUntil),
    },
  ])
  expect(await ask('SELECT purpose, billing, fee, spread FROM movement')).toEqual([
    { purpose: 'authorization', billing: '1250000', fee: '12500', spread: '6341' },
  ])
})

test.each([
  ['all of a withdrawal', { type: 'cash_withdrawal' as const }, '1250000'],
  ['all of quasi-cash', { type: 'quasi_cash' as const }, '1250000'],
  [
    'a part of a purchase with cashback',
    { type: 'purchase_with_cashback' as const, cashback: amountOf('KZT', 250_000n) },
    '250000',
  ],
])('the cash is %s', async (_name, request, cash) => {
  const { records, ask } = await openWithCard()
  await records.accept(aNewAuthorization({ request }))
  expect(await ask(STORED)).toMatchObject([{ cash_amount: cash }])
})

test('a final authorization is held by nobody, and a decline neither', async () => {
  const { records, ask } = await openWithCard()
  const item = aNewAuthorization({ request: { isFinal: true } })
  await records.accept(item)
  const capped = aNewAuthorization({ card: aCard({ limits: { dailyCount: 0 } }) })
  await records.accept({ ...capped, plan: { ...capped.plan, holdUntil: NOON } })
  expect(await ask(`${STORED} ORDER BY id`)).toMatchObject([
    { is_final: true, state: 'accepted', hold_until: null },
    { is_final: false, state: 'declined', hold_until: null },
  ])
})

test('without its cash a purchase counts and holds the rest, and keeps what was asked for', async () => {
  const { records, ask } = await openWithCard()
  const cashback = amountOf('KZT', 250_000n)
  const item = aNewAuthorization({
    request: { type: 'purchase_with_cashback', cashback },
    quote: { billing: amountOf('KZT', 1_000_000n) },
  })
  const plan = { ...item.plan, outcome: 'approved_without_cashback' } as const
  await records.accept({ ...item, plan })
  await records.conclude(approval({ ...item, plan }))
  expect(await ask(STORED)).toMatchObject([
    {
      billing_amount: '1000000',
      requested_amount: '1250000',
      cash_amount: '0',
      approved_amount: '1000000',
    },
  ])
  expect(await ask('SELECT kind, detail FROM authorization_event')).toEqual([
    { kind: 'approved', detail: 'approved_without_cashback' },
  ])
  expect(await ask(BREACHES)).toEqual([])
})

/** A purchase of 10,000 tenge and 2,500 in cash, of which no more than 2,000 a day may be handed out. */
function tooMuchCash(mayDropCash: boolean): NewAuthorization {
  const cashback = amountOf('KZT', 250_000n)
  const item = aNewAuthorization({ request: { type: 'purchase_with_cashback', cashback } })
  const limit = { span: 'day', types: ['cash_withdrawal'], with_cash: true, part: 'cash' }
  const asks = { count: 1, cash: '250000', limits: [{ ...limit, amount: '200000' }] }
  return { ...item, plan: { ...item.plan, asks, mayDropCash } }
}

test('when only the cash does not fit nothing is written, if it can be left out', async () => {
  const { records, other, ask } = await openWithCard()
  const item = tooMuchCash(true)
  expect(await records.accept(item)).toEqual({ kind: 'cash_refused' })
  expect(await ask('SELECT FROM message')).toEqual([])
  const cashless = aNewAuthorization({
    request: item.request,
    quote: { billing: amountOf('KZT', 1_000_000n) },
  })
  const plan = { ...cashless.plan, outcome: 'approved_without_cashback' } as const
  await records.accept({ ...cashless, plan })
  await records.conclude(approval({ ...cashless, plan }))
  const replay = { kind: 'replay', body: approvedBody(cashless.id) }
  expect(await other.accept({ ...tooMuchCash(true), request: item.request })).toEqual(replay)
  expect(await ask(BREACHES)).toEqual([])
})

test('when only the cash does not fit and cannot be left out, the purchase is declined', async () => {
  const { records, ask } = await openWithCard()
  const reason = 'amount_limit_exceeded'
  expect(await records.accept(tooMuchCash(false))).toMatchObject({ kind: 'declined', reason })
  expect(await ask('SELECT FROM movement')).toEqual([])
})

test('a limit on verifications counts them under the card’s lock', async () => {
  const { records, other } = await openWithCard()
  const limit = { span: 'day', types: ['account_verification'], with_cash: false, part: 'whole' }
  const asks = { count: 1, cash: '0', limits: [{ ...limit, count: 3 }] }
  const crowd = Array.from({ length: 12 }, (_, index) => {
    const item = aVerification()
    const id = `aut_${uuidAt(NOON + index)}` as NewAuthorization['id']
    return { ...item, id, plan: { ...item.plan, asks } } as NewAuthorization
  })
  const found = await Promise.all(
    crowd.map((item, index) => (index % 2 === 0 ? records : other).accept(item)),
  )
  expect(found.filter(({ kind }) => kind === 'verified')).toHaveLength(3)
  expect(found.filter(({ kind }) => kind === 'declined')).toHaveLength(9)
})

test('a verification is approved by ACCEPT alone: nothing is counted, nothing moves', async () => {
  const { records, other, ask } = await openWithCard()
  const item = aVerification()
  const body = approvedBody(item.id)
  expect(await records.accept(item)).toEqual({ kind: 'verified', body })
  expect(await ask(STORED)).toMatchObject([
    { state: 'approved', approved_amount: '0', hold_until: null },
  ])
  expect(await ask('SELECT FROM movement')).toEqual([])
  expect(await ask('SELECT day_count FROM card_usage')).toEqual([{ day_count: 0 }])
  expect(await ask('SELECT kind, detail FROM authorization_event')).toEqual([
    { kind: 'approved', detail: 'verified' },
  ])
  expect(await records.accept(item)).toEqual({ kind: 'replay', body })
  expect(await other.accept(aCopyOf(item))).toEqual({ kind: 'replay', body })
  expect(await ask(BREACHES)).toEqual([])
})

test('a card that changed under a verification is looked at again', async () => {
  const { records, putCard, ask } = await openWithCard()
  await putCard(aCard({ version: 2 }))
  expect(await records.accept(aVerification())).toEqual({ kind: 'card_changed' })
  expect(await ask('SELECT FROM message')).toEqual([])
})

test('requests and increments have network keys of their own', async () => {
  const { records } = await openWithCard()
  const networkKey = aNetworkKey()
  const first = aNewAuthorization({ request: { networkKey } })
  await records.accept(first)
  const increment = aNewAuthorization({ request: { networkKey, kind: 'increment' } })
  const acceptances = await Promise.all([
    records.accept({ ...increment, parent: first.id }),
    records.accept(aCopyOf(first)),
  ])
  expect(acceptances.map(({ kind }) => kind)).toEqual(['accepted', 'in_flight'])
})

const OVERTAKEN: readonly OvertakenReason[] = [
  'reversed_before_authorization',
  'cleared_before_authorization',
  'advised_before_authorization',
]

test.each(OVERTAKEN)('an approval that is overtaken becomes a decline for %s', async (reason) => {
  const { records, other, ask } = await openWithCard()
  const item = aNewAuthorization()
  await records.accept(item)
  await ask('UPDATE "authorization" SET overtaken_as = $2 WHERE id = $1', [uuidOf(item.id), reason])
  const overtaken = { state: 'declined', reason, body: undefined }
  expect(await records.conclude(approval(item))).toEqual(overtaken)
  expect(await records.conclude(approval(item))).toEqual(overtaken)
  expect(await other.accept(aCopyOf(item))).toMatchObject({ kind: 'declined', reason })
  const body = declinedBody(item.id, reason)
  const rendered = { id: item.id, decision: { kind: 'decline', reason, body } } as const
  expect(await records.conclude(rendered)).toEqual({ ...overtaken, body })
  expect(await other.accept(aCopyOf(item))).toEqual({ kind: 'replay', body })
  expect(await ask('SELECT state FROM movement')).toEqual([{ state: 'in_doubt' }])
  expect(await ask('SELECT kind, detail FROM authorization_event')).toEqual([
    { kind: 'declined', detail: reason },
  ])
  expect(await ask('SELECT FROM ledger_posting')).toEqual([])
  expect(await ask(BREACHES)).toEqual([])
})

test.each(
  OVERTAKEN.flatMap((reason) => [
    { reason, name: 'a purchase', item: aNewAuthorization },
    { reason, name: 'a verification', item: aVerification },
  ]),
)('$name that finds a tombstone is declined for $reason', async ({ reason, item: make }) => {
  const { records, other, ask } = await openWithCard()
  const item = make()
  const { localDateTime, acquirerId, terminalId, ...numbers } = item.request.networkKey
  const { systemTraceAuditNumber, retrievalReferenceNumber } = numbers
  const key = [localDateTime, acquirerId, terminalId, systemTraceAuditNumber]
  await ask(
    `INSERT INTO message (local_date, bank_id, kind, network_key, record_id, overtaken_as)
     VALUES ($1, 'halyk', 'authorization', $2, gen_random_uuid(), $3)`,
    [localDateTime.slice(0, 10), [...key, retrievalReferenceNumber].join('/'), reason],
  )
  expect(await records.accept(item)).toMatchObject({ kind: 'declined', reason, body: undefined })
  expect(await ask('SELECT FROM movement')).toEqual([])
  const body = declinedBody(item.id, reason)
  await records.conclude({ id: item.id, decision: { kind: 'decline', reason, body } })
  expect(await other.accept(aCopyOf(item))).toEqual({ kind: 'replay', body })
  const [stored] = await ask<{ reversal_id: string | null }>(
    'SELECT reversal_id FROM "authorization"',
  )
  expect(stored?.reversal_id !== null).toBe(reason === 'reversed_before_authorization')
  expect(await ask(BREACHES)).toEqual([])
})
