import { PostgresFault } from '@tolem/postgres/fault'
import { aCard, aNewAuthorization } from '@tolem/testing/builders'
import { aNewReversal } from '@tolem/testing/follow-ups'
import { expect, onTestFinished, test } from 'vitest'
import type { Holds } from './holds.ts'
import type { AuthorizationRecords } from './records.ts'
import { aFrailNetwork } from './testing/frail-network.ts'
import {
  approval,
  approvedBody,
  BREACHES,
  concludeWhole,
  declinedBody,
  holdsOn,
  type OpenedRecords,
  openPostgres,
  openRecords,
  recordsOn,
  refusal,
} from './testing/opened-records.ts'

type Frail = OpenedRecords & {
  readonly frail: AuthorizationRecords
  readonly frailHolds: Holds
  readonly loseAnswer: (number: number) => void
  readonly wasLost: () => boolean
}

async function openFrail(): Promise<Frail> {
  const opened = await openRecords(onTestFinished)
  await opened.putCard(aCard())
  const network = await aFrailNetwork(opened.url, onTestFinished)
  const postgres = openPostgres(network.url)
  onTestFinished(() => postgres.close())
  const [frail, frailHolds] = [recordsOn(postgres), holdsOn(postgres)]
  // Each statement once, so that its connection is open and has it prepared.
  const item = aNewAuthorization()
  await frail.accept(item)
  await frail.conclude(refusal(item))
  await frailHolds.reverse(byId(item))
  return { ...opened, ...network, url: opened.url, frail, frailHolds }
}

type Item = ReturnType<typeof aNewAuthorization>

const byId = (item: Item) => aNewReversal({ original: { kind: 'by_id', authorizationId: item.id } })
const byKey = (item: Item) =>
  aNewReversal({
    original: { kind: 'by_key', messageKind: 'authorization', networkKey: item.request.networkKey },
  })

test('ACCEPT whose answer is lost is accepted once', async () => {
  const { frail, loseAnswer, wasLost, ask } = await openFrail()
  const item = aNewAuthorization()
  loseAnswer(1)
  expect(await frail.accept(item)).toMatchObject({ kind: 'accepted' })
  expect(wasLost()).toBe(true)
  expect(await frail.conclude(approval(item))).toMatchObject({ state: 'approved' })
  expect(await ask('SELECT count(*)::int AS debits FROM movement')).toEqual([{ debits: 2 }])
  expect(await ask(BREACHES)).toEqual([])
})

test('an early decline whose answer is lost keeps its bytes', async () => {
  const { frail, loseAnswer, wasLost, ask } = await openFrail()
  const item = aNewAuthorization()
  const body = declinedBody(item.id, 'card_frozen')
  loseAnswer(1)
  const plan = { kind: 'decline', reason: 'card_frozen', body } as const
  expect(await frail.accept({ ...item, plan })).toMatchObject({ body })
  expect(wasLost()).toBe(true)
  expect(await ask(BREACHES)).toEqual([])
})

test.each([
  ['an approval', approval, (item: Item) => approvedBody(item.id)],
  ['a decline', refusal, (item: Item) => declinedBody(item.id, 'insufficient_funds')],
])(
  'CONCLUDE of %s whose answer is lost tells what stands, posted once',
  async (_name, conclusionOf, bodyOf) => {
    const { frail, loseAnswer, wasLost, ask } = await openFrail()
    const item = aNewAuthorization()
    await frail.accept(item)
    loseAnswer(1)
    expect(await frail.conclude(conclusionOf(item))).toMatchObject({ body: bodyOf(item) })
    expect(wasLost()).toBe(true)
    expect(await ask(BREACHES)).toEqual([])
  },
)

test('CONCLUDE whose answer is lost while a reversal overtakes tells of the decline', async () => {
  const { frail, otherHolds, loseAnswer, ask } = await openFrail()
  const item = aNewAuthorization()
  await frail.accept(item)
  await otherHolds.reverse(byKey(item))
  loseAnswer(1)
  expect(await concludeWhole(frail, approval(item))).toMatchObject({
    state: 'declined',
    body: declinedBody(item.id, 'reversed_before_authorization'),
  })
  expect(await ask(BREACHES)).toEqual([])
})

test('many concurrent items whose common answer is lost each get their own truth', async () => {
  const { frail, putCard, loseAnswer, ask } = await openFrail()
  const cards = Array.from({ length: 20 }, (_, n) => aCard({ token: `ct_lost_${n}` as never }))
  for (const card of cards) await putCard(card)
  const items = cards.map((card) => aNewAuthorization({ card }))
  loseAnswer(2)
  const acceptances = await Promise.all(items.map((item) => frail.accept(item)))
  expect(new Set(acceptances.map(({ kind }) => kind))).toEqual(new Set(['accepted']))
  loseAnswer(2)
  const concluded = await Promise.all(items.map((item) => frail.conclude(approval(item))))
  expect(concluded.map(({ body }) => body)).toEqual(items.map(({ id }) => approvedBody(id)))
  expect(await ask(BREACHES)).toEqual([])
})

test('a withdrawal whose answer is lost gives the same decline when it is asked again', async () => {
  const { frail, loseAnswer, ask } = await openFrail()
  const item = aNewAuthorization()
  await frail.accept(item)
  await frail.conclude(approval(item))
  const body = declinedBody(item.id, 'deadline_exceeded')
  const withdraw = () =>
    frail.withdraw(item.id, { kind: 'decline', reason: 'deadline_exceeded', body })
  loseAnswer(1)
  await expect(withdraw()).rejects.toMatchObject({ maybeCommitted: true })
  expect(await withdraw()).toBe(body)
  expect(await ask(BREACHES)).toEqual([])
})

test.each([
  ['by id', byId],
  ['by key', byKey],
])(
  'a reversal %s whose connection breaks at any answer is recorded once, or not at all until it is sent again',
  async (_way, reversalOf) => {
    const { frail, frailHolds, loseAnswer, wasLost, ask } = await openFrail()
    const faults: boolean[] = []
    for (let answer = 1, isLost = true; isLost; answer += 1) {
      const item = aNewAuthorization()
      await frail.accept(item)
      await frail.conclude(approval(item))
      const reversal = reversalOf(item)
      loseAnswer(answer)
      const first = await frailHolds.reverse(reversal).catch((fault: unknown) => fault)
      faults.push(first instanceof PostgresFault)
      isLost = wasLost()
      loseAnswer(Number.POSITIVE_INFINITY)
      const again = await frailHolds.reverse(reversal)
      if (again.kind === 'mismatch') return expect.unreachable()
      expect(JSON.parse(again.body).outcome).toBe('reversed')
      if (!(first instanceof PostgresFault)) expect(first).toMatchObject({ body: again.body })
    }
    expect(faults).toContain(true)
    expect(faults.at(-1)).toBe(false)
    expect(await ask(BREACHES)).toEqual([])
  },
)
