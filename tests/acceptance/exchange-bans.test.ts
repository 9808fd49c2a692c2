import { expect, test } from 'vitest'
import { BAN_DECLINES } from '../setup/numbers.ts'
import { inParallel } from '../support/load.ts'
import { aPurchase } from '../support/messages.ts'
import { ownHouse } from '../support/own-house.ts'
import {
  answerIn,
  BUDGET_MS,
  decide,
  sendAuthorization,
  type TestCard,
  TOLERANCE_MS,
  totalMs,
} from '../support/stack.ts'

// A house of its own: an exchange that turns us away does so for every wallet.
const own = ownHouse()

async function bannedCard(exchange: 'bybit' | 'binance', kind: string, delayMs: number) {
  const { stack } = own()
  const card = await stack.openCard({ exchange })
  const fault = {
    exchange,
    operation: 'debit',
    wallet: card.wallet,
    kind,
    times: 1,
    delayMs,
  } as const
  await stack.sandbox.layFault(fault)
  return card
}

async function pay(card: TestCard) {
  const { answer } = await decide(own().stack.bank(card.bank), aPurchase(card.token))
  return answer
}

test.for([
  { exchange: 'bybit', kind: 'too_many_requests' },
  { exchange: 'binance', kind: 'too_many_requests' },
  { exchange: 'binance', kind: 'ban' },
] as const)('when $exchange answers $kind, declines and pays again by itself', async (given) => {
  const { exchange, kind } = given
  const card = await bannedCard(exchange, kind, 1_500)
  expect(await pay(card)).toMatchObject({ reason: 'exchange_unavailable', responseCode: '91' })
  expect(await card.movements()).toEqual([])
  await expect
    .poll(async () => (await pay(card)).decision, { timeout: 20_000, interval: 200 })
    .toBe('approved')
  expect(await card.movements()).toHaveLength(1)
})

/** Long enough that a busy machine makes all its purchases within it. */
const BAN_MS = 6_000

test('during a ban no call reaches the exchange, while purchases at the other one are approved', async () => {
  const { stack } = own()
  const other = await stack.openCard({ exchange: 'bybit', rail: 'bybit-subaccount' })
  const card = await bannedCard('binance', 'ban', BAN_MS)
  const beganAt = Date.now()
  // Another wallet, another bank: the ban is the whole exchange's.
  const neighbour = await stack.openCard({ exchange: 'binance', bank: 'altyn' })
  expect(await pay(card)).toMatchObject({ reason: 'exchange_unavailable' })
  const callsToBinance = async () => (await stack.sandbox.calls()).calls.binance ?? 0
  const before = await callsToBinance()
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => Promise.all([pay(card), pay(neighbour), pay(other)])),
  )
  const during = await callsToBinance()
  expect(Date.now() - beganAt).toBeLessThan(BAN_MS)
  expect(during).toBe(before)
  for (const [banned, near, elsewhere] of answers) {
    expect(banned).toMatchObject({ reason: 'exchange_unavailable', responseCode: '91' })
    expect(near).toMatchObject({ reason: 'exchange_unavailable', responseCode: '91' })
    expect(elsewhere).toMatchObject({ decision: 'approved' })
  }
  expect(await card.movements()).toEqual([])
  await expect
    .poll(async () => (await pay(card)).decision, { timeout: 20_000, interval: 200 })
    .toBe('approved')
  expect(await callsToBinance()).toBeGreaterThan(during)
})

test('when Bybit answers ban, declines without asking again, because it bans for ten minutes', async () => {
  const { stack } = own()
  const other = await stack.openCard({ exchange: 'binance' })
  const card = await bannedCard('bybit', 'ban', 1)
  expect(await pay(card)).toMatchObject({ reason: 'exchange_unavailable', responseCode: '91' })
  const before = (await stack.sandbox.calls()).calls.bybit
  for (let count = 0; count < 3; count += 1) {
    expect(await pay(card)).toMatchObject({ reason: 'exchange_unavailable', responseCode: '91' })
    expect(await pay(other)).toMatchObject({ decision: 'approved' })
  }
  expect(await card.movements()).toEqual([])
  expect((await stack.sandbox.calls()).calls.bybit).toBe(before)
})

/** As many as a bank's processor commonly keeps under way for one of its hosts. */
const AT_ONCE = 4
/** Only on demand, on a machine that does nothing else: `npm run test:ban`. */
const P99_WITHIN_MS = BAN_DECLINES > 0 ? 20 : BUDGET_MS + TOLERANCE_MS
const DECLINES = BAN_DECLINES || 50

test(`of ${DECLINES} declines during a ban 99 % take less than ${P99_WITHIN_MS} ms`, async () => {
  const { stack } = own()
  const card = await bannedCard('bybit', 'ban', 1)
  expect(await pay(card)).toMatchObject({ reason: 'exchange_unavailable' })
  const decline = async (count: number) => {
    const replies: Awaited<ReturnType<typeof sendAuthorization>>[] = []
    let left = count
    await inParallel(AT_ONCE, async () => {
      while (left-- > 0) replies.push(await sendAuthorization(stack.bank(), aPurchase(card.token)))
    })
    return replies
  }
  // A process that has just started compiles what it runs.
  await decline(DECLINES)
  const replies = await decline(DECLINES)
  const reasons = new Set(replies.map((reply) => answerIn(reply).reason))
  expect([...reasons]).toEqual(['exchange_unavailable'])
  const atBank = replies.map(({ waitedMs }) => waitedMs)
  process.stdout.write(
    `declined during a ban: ${tell(atBank)} at the bank, ${tell(replies.map(totalMs))} inside\n`,
  )
  expect(quantile(atBank, 0.99)).toBeLessThan(P99_WITHIN_MS)
}, 120_000)

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN
}

function tell(values: readonly number[]): string {
  const [p50, p99, most] = [0.5, 0.99, 1].map((share) => quantile(values, share).toFixed(1))
  return `p50 ${p50} ms, p99 ${p99} ms, most ${most} ms of ${values.length}`
}
