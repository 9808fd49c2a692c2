import type { AuthorizationRequest } from '@tolem/domain/authorization'
import type { AuthorizationId } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import { aCard, aNewAuthorization, NOON } from '@tolem/testing/builders'
import { expect, onTestFinished, test } from 'vitest'
import { type Ask, uuidAt } from './testing/asked-limits.ts'
import {
  approval,
  BREACHES,
  declinedBody,
  type OpenedRecords,
  openRecords,
  refusal,
} from './testing/opened-records.ts'

const tenge = (tiyn: bigint) => amountOf('KZT', tiyn)
const CARDS = Array.from({ length: 10 }, (_, index) => aCard({ token: `ct_${index}00` as never }))
const [CARD] = CARDS

async function openWithCards(): Promise<OpenedRecords> {
  const opened = await openRecords(onTestFinished)
  for (const card of CARDS) await opened.putCard(card)
  return opened
}

/** A purchase of ten tiyn at noon, subject to what is asked. */
function purchase(asks: Ask, request: Partial<AuthorizationRequest> = {}, card = CARD) {
  const item = aNewAuthorization({
    id: `aut_${uuidAt(NOON)}` as AuthorizationId,
    card: card ?? aCard(),
    request: { billing: tenge(10n), ...request },
  })
  return { ...item, plan: { ...item.plan, asks: { count: 1, cash: '0', ...asks } } }
}

type Purchase = ReturnType<typeof purchase>

/** Accepts all at once through both instances; gives those that were accepted. */
async function acceptAll(
  { records, other }: OpenedRecords,
  items: readonly Purchase[],
): Promise<readonly Purchase[]> {
  const acceptances = await Promise.all(
    items.map((item, index) => (index % 2 === 0 ? records : other).accept(item)),
  )
  const declined = acceptances.flatMap((one) => (one.kind === 'declined' ? [one] : []))
  await Promise.all(
    declined.map(({ id, reason }) =>
      other.conclude({ id, decision: { kind: 'decline', reason, body: declinedBody(id, reason) } }),
    ),
  )
  const accepted = items.filter((_, index) => acceptances[index]?.kind === 'accepted')
  expect(accepted.length + declined.length).toBe(items.length)
  return accepted
}

const WHOLE = { with_cash: false, part: 'whole' } as const
const since = new Date(NOON - 86_400_000).toISOString()

test.each([
  ['a day’s amount', [{ ...WHOLE, span: 'day', amount: '709' }], 70],
  ['a month’s amount', [{ ...WHOLE, span: 'month', amount: '700' }], 70],
  ['a rolling amount', [{ ...WHOLE, span: 'rolling', since, amount: '701' }], 70],
  ['a count', [{ ...WHOLE, span: 'day', count: 73 }], 73],
  ['a channel’s amount', [{ ...WHOLE, span: 'day', channels: ['pos'], amount: '150' }], 15],
  ['a type’s amount', [{ ...WHOLE, span: 'day', types: ['purchase'], amount: '160' }], 16],
  [
    'the smallest of many limits',
    [
      { ...WHOLE, span: 'day', amount: '700' },
      { ...WHOLE, span: 'rolling', since, count: 12 },
    ],
    12,
  ],
] satisfies [string, Ask['limits'], number][])(
  '200 concurrent purchases of one card over two processes use up %s exactly, and what is declined again',
  async (_name, limits, most) => {
    const opened = await openWithCards()
    const crowd = () => Array.from({ length: 200 }, () => purchase({ limits }))
    const accepted = await acceptAll(opened, crowd())
    expect(accepted).toHaveLength(most)
    const half = Math.floor(most / 2)
    await Promise.all(
      accepted.map((item, index) =>
        (index % 3 === 0 ? opened.records : opened.other).conclude(
          index < half ? refusal(item) : approval(item),
        ),
      ),
    )
    expect(await acceptAll(opened, crowd())).toHaveLength(half)
    expect(await opened.ask(BREACHES)).toEqual([])
  },
)

test('other types and channels are not limited by a limit that does not name them', async () => {
  const opened = await openWithCards()
  const cash = { with_cash: true, part: 'whole', span: 'day', amount: '50' } as const
  const types = ['cash_withdrawal', 'quasi_cash']
  const withdrawals = Array.from({ length: 40 }, () =>
    purchase({ limits: [{ ...cash, types }] }, { type: 'cash_withdrawal', terminalType: 'atm' }),
  )
  const purchases = Array.from({ length: 40 }, () => purchase({}))
  const accepted = await acceptAll(opened, [...withdrawals, ...purchases])
  expect(accepted.filter(({ request }) => request.type === 'cash_withdrawal')).toHaveLength(5)
  expect(accepted.filter(({ request }) => request.type === 'purchase')).toHaveLength(40)
})

test('200 purchases at once of ten cards over two processes use up a cap, and what is declined again', async () => {
  const opened = await openWithCards()
  const caps = [
    { scope: 'bank/halyk', dayAmount: '905' },
    { scope: 'programme', dayAmount: '2000', monthAmount: '900' },
  ]
  const crowd = () =>
    Array.from({ length: 200 }, (_, index) => purchase({ caps }, {}, CARDS[(index * 7) % 10]))
  const accepted = await acceptAll(opened, crowd())
  expect(accepted).toHaveLength(90)
  await Promise.all(
    accepted.map((item, index) =>
      (index % 2 === 0 ? opened.records : opened.other).conclude(
        index % 3 === 0 ? refusal(item) : approval(item),
      ),
    ),
  )
  expect(await acceptAll(opened, crowd())).toHaveLength(30)
  expect(await opened.ask('SELECT scope, day_amount FROM cap_usage ORDER BY scope')).toEqual([
    { scope: 'bank/halyk', day_amount: '900' },
    { scope: 'programme', day_amount: '900' },
  ])
  expect(await opened.ask(BREACHES)).toEqual([])
})
