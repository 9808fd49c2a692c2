import type { BankId } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import { aCard, aNetworkKey, aNewAuthorization } from '@tolem/testing/builders'
import { expect, onTestFinished, test } from 'vitest'
import type { NewAuthorization } from './records/accept.ts'
import {
  approval,
  approvedBody,
  BREACHES,
  declinedBody,
  openRecords,
  refusal,
} from './testing/opened-records.ts'

/** The same message again, as another process would bring it. */
function aCopy(item: NewAuthorization) {
  return aNewAuthorization({ request: item.request })
}

function anEarlyDecline(item: NewAuthorization): NewAuthorization {
  const reason = 'card_frozen'
  return { ...item, plan: { kind: 'decline', reason, body: declinedBody(item.id, reason) } }
}

test('an accepted authorization is durable with its intended debit', async () => {
  const { records, ask, putCard } = await openRecords(onTestFinished)
  await putCard(aCard())
  const item = aNewAuthorization()
  const acceptance = await records.accept(item)
  expect(acceptance).toEqual({ kind: 'accepted', approvalNumber: expect.any(BigInt) })
  expect(await ask('SELECT state, kind, amount, attempts FROM movement')).toEqual([
    { state: 'intended', kind: 'debit', amount: '2675751900', attempts: 0 },
  ])
  expect(await records.find(item.request.bank, item.id)).toMatchObject({
    state: 'accepted',
    billing: 1_250_000n,
    movements: [
      { kind: 'debit', state: 'intended', reference: item.plan.debits[0].order.reference },
    ],
  })
})

test('another bank does not find it', async () => {
  const { records, putCard } = await openRecords(onTestFinished)
  await putCard(aCard())
  const item = aNewAuthorization()
  await records.accept(item)
  expect(await records.find('forte' as BankId, item.id)).toBeUndefined()
})

test('a decline made in memory is recorded with its bytes and stays the answer', async () => {
  const { records, other, ask } = await openRecords(onTestFinished)
  const item = anEarlyDecline(aNewAuthorization())
  const body = declinedBody(item.id, 'card_frozen')
  expect(await records.accept(item)).toEqual({
    kind: 'declined',
    id: item.id,
    reason: 'card_frozen',
    body,
  })
  expect(await other.accept(anEarlyDecline(aCopy(item)))).toEqual({ kind: 'replay', body })
  expect(await ask('SELECT FROM movement')).toEqual([])
})

test('a declined message stays declined when its card would now pay', async () => {
  const { records, putCard } = await openRecords(onTestFinished)
  const item = anEarlyDecline(aNewAuthorization())
  await records.accept(item)
  await putCard(aCard())
  const body = declinedBody(item.id, 'card_frozen')
  expect(await records.accept(aCopy(item))).toEqual({ kind: 'replay', body })
})

test('an approval is replayed byte for byte, whoever asks', async () => {
  const { records, other, ask, putCard } = await openRecords(onTestFinished)
  await putCard(aCard())
  const item = aNewAuthorization()
  await records.accept(item)
  const body = approvedBody(item.id)
  expect(await records.conclude(approval(item))).toMatchObject({ state: 'approved', body })
  expect(await other.accept(aCopy(item))).toEqual({ kind: 'replay', body })
  expect(await records.accept(aCopy(item))).toEqual({ kind: 'replay', body })
  expect(await ask('SELECT count(*)::int AS debits FROM movement')).toEqual([{ debits: 1 }])
  expect(await ask(BREACHES)).toEqual([])
})

test.each([
  ['refused', { kind: 'rejected', reason: 'exchange_refused', detail: 'no' } as const],
  ['in_doubt', { kind: 'in_doubt', detail: 'silence' } as const],
])(
  'a debit that is %s is concluded as a decline that gives back what was counted',
  async (state, result) => {
    const { records, ask, putCard } = await openRecords(onTestFinished)
    await putCard(aCard())
    const item = aNewAuthorization()
    await records.accept(item)
    const body = declinedBody(item.id, 'exchange_refused')
    expect(await records.conclude(refusal(item, 'exchange_refused', result))).toMatchObject({
      state: 'declined',
      body,
    })
    expect(await records.accept(aCopy(item))).toEqual({ kind: 'replay', body })
    expect(await ask('SELECT state, detail FROM movement')).toEqual([
      { state, detail: result.detail },
    ])
    expect(await ask('SELECT day_amount, day_count, month_amount FROM card_usage')).toEqual([
      { day_amount: '0', day_count: 0, month_amount: '0' },
    ])
    expect(await ask('SELECT FROM ledger_posting')).toEqual([])
    expect(await ask(BREACHES)).toEqual([])
  },
)

test('a copy of a message that is being decided is told so, and ACCEPT asked again knows its own', async () => {
  const { records, other, putCard } = await openRecords(onTestFinished)
  await putCard(aCard())
  const item = aNewAuthorization()
  await records.accept(item)
  expect(await other.accept(aCopy(item))).toEqual({ kind: 'in_flight' })
  expect(await records.accept(item)).toMatchObject({ kind: 'accepted' })
})

test('another message under the same key is a mismatch, before and after the decision', async () => {
  const { records, other, ask, putCard } = await openRecords(onTestFinished)
  await putCard(aCard())
  const item = aNewAuthorization()
  const { networkKey } = item.request
  const another = () =>
    aNewAuthorization({ request: { networkKey, billing: amountOf('KZT', 1_250_001n) } })
  await records.accept(item)
  expect(await other.accept(another())).toEqual({ kind: 'mismatch' })
  await records.conclude(approval(item))
  expect(await records.accept(another())).toEqual({ kind: 'mismatch' })
  expect(await ask('SELECT count(*)::int AS debits FROM movement')).toEqual([{ debits: 1 }])
  expect(await ask(BREACHES)).toEqual([])
})

test('one key at two banks is two messages', async () => {
  const { records, putCard } = await openRecords(onTestFinished)
  const forte = aCard({ bank: 'forte' as BankId })
  await putCard(aCard())
  await putCard(forte)
  const networkKey = aNetworkKey()
  const ours = aNewAuthorization({ request: { networkKey } })
  const theirs = aNewAuthorization({ card: forte, request: { networkKey } })
  expect(await records.accept(ours)).toMatchObject({ kind: 'accepted' })
  expect(await records.accept(theirs)).toMatchObject({ kind: 'accepted' })
})

test.each([
  ['has changed', aCard({ version: 2 })],
  ['is not there', undefined],
])('nothing is written when the card %s', async (_name, stored) => {
  const { records, ask, putCard } = await openRecords(onTestFinished)
  if (stored) await putCard(stored)
  expect(await records.accept(aNewAuthorization())).toEqual({ kind: 'card_changed' })
  expect(
    await ask(
      'SELECT FROM message UNION ALL SELECT FROM movement UNION ALL SELECT FROM "authorization"',
    ),
  ).toEqual([])
})

test('one statement carries every outcome at once, and each caller gets their own', async () => {
  const { records, putCard } = await openRecords(onTestFinished)
  const cards = Array.from({ length: 8 }, (_, n) => aCard({ token: `ct_${n}_many` as never }))
  for (const card of cards) await putCard(card)
  const [a, b, c, d, e] = cards.map((card) => aNewAuthorization({ card }))
  if (!a || !b || !c || !d || !e) return expect.unreachable()
  await records.accept(a)
  await records.accept(b)
  await records.conclude(approval(a))
  const capped = aCard({ ...cards[5], limits: { dailyCount: 0 } })
  const batch = [
    aNewAuthorization({ card: cards[7] ?? aCard() }),
    aCopy(a),
    aCopy(b),
    { ...aCopy(a), request: { ...a.request, fingerprint: Buffer.alloc(32) } },
    c,
    anEarlyDecline(d),
    { ...e, plan: { ...e.plan, card: { ...e.plan.card, version: 9 } } },
    aNewAuthorization({ card: capped }),
  ]
  const acceptances = await Promise.all(batch.map((item) => records.accept(item)))
  expect(acceptances.map(({ kind }) => kind)).toEqual([
    'accepted',
    'replay',
    'in_flight',
    'mismatch',
    'accepted',
    'declined',
    'card_changed',
    'declined',
  ])
})

test('a hundred concurrent copies over two processes lead to one debit and one answer', async () => {
  const { records, other, ask, putCard } = await openRecords(onTestFinished)
  await putCard(aCard())
  const first = aNewAuthorization()
  const copies = [first, ...Array.from({ length: 99 }, () => aCopy(first))]
  const answers = await Promise.all(
    copies.map(async (copy, index) => {
      const through = index % 2 === 0 ? records : other
      const acceptance = await through.accept(copy)
      if (acceptance.kind !== 'accepted') return acceptance
      return { ...acceptance, body: (await through.conclude(approval(copy))).body }
    }),
  )
  const accepted = answers.filter((answer) => answer.kind === 'accepted')
  expect(accepted).toHaveLength(1)
  for (const answer of answers) {
    expect(['accepted', 'in_flight', 'replay']).toContain(answer.kind)
    if (answer.kind === 'replay') expect(answer.body).toBe(accepted[0]?.body)
  }
  expect(await ask('SELECT count(*)::int AS debits FROM movement')).toEqual([{ debits: 1 }])
  expect(await ask(BREACHES)).toEqual([])
})

test('of two different messages that race for one key, exactly one is accepted', async () => {
  const { records, other, ask, putCard } = await openRecords(onTestFinished)
  await putCard(aCard())
  await putCard(aCard({ token: 'ct_other' as never }))
  for (let round = 0; round < 50; round += 1) {
    const networkKey = aNetworkKey()
    const one = aNewAuthorization({ request: { networkKey } })
    const two = aNewAuthorization({
      card: aCard({ token: 'ct_other' as never }),
      request: { networkKey },
    })
    const found = await Promise.all([records.accept(one), other.accept(two)])
    expect(found.map(({ kind }) => kind).toSorted()).toEqual(['accepted', 'mismatch'])
  }
  expect(await ask('SELECT count(*)::int AS debits FROM movement')).toEqual([{ debits: 50 }])
})

test('approval numbers are never given twice', async () => {
  const { records, other, putCard } = await openRecords(onTestFinished)
  const cards = Array.from({ length: 40 }, (_, n) => aCard({ token: `ct_${n}_many` as never }))
  for (const card of cards) await putCard(card)
  const acceptances = await Promise.all(
    cards.flatMap((card) => [
      records.accept(aNewAuthorization({ card })),
      other.accept(aNewAuthorization({ card })),
    ]),
  )
  const numbers = acceptances.map((one) =>
    one.kind === 'accepted' ? one.approvalNumber : one.kind,
  )
  expect(new Set(numbers).size).toBe(80)
})
