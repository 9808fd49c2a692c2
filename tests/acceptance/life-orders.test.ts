import { afterAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../support/database.ts'
import { type CardLife, liveCard, type SentMessage } from '../support/life/card-life.ts'
import { leastDifferences, wasHeard } from '../support/life/compare.ts'
import { standingOf, untilAtRest } from '../support/life/standing.ts'
import { limiter } from '../support/limiter.ts'
import { ordersOf, possibleAfter } from '../support/model/possible.ts'
import { noMoney } from '../support/model/state.ts'
import { sharedStack } from '../support/shared-stack.ts'
import type { Reply } from '../support/stack.ts'

const stack = sharedStack()
const database = openDatabase(stack.databaseUrl)
afterAll(() => database.close())

/** Cards side by side: not all, or the machine would be what is tested. */
const AT_ONCE = 12

const LIMITS = { perTransaction: 500_000_00n, dailyAmount: 5_000_000_00n }

const MESSAGES = {
  authorization: { kind: 'authorize', name: 'authorization', amount: 10_000_00n },
  reversal: { kind: 'reverse', name: 'reversal', of: 'authorization' },
  'partial reversal': {
    kind: 'reverse',
    name: 'partial reversal',
    of: 'authorization',
    to: 6_000_01n,
  },
  clearing: {
    kind: 'clear',
    name: 'clearing',
    of: 'authorization',
    amount: 8_000_03n,
    isLast: true,
  },
} as const satisfies Record<string, SentMessage>

type Name = keyof typeof MESSAGES

const ORDERS: readonly (readonly Name[])[] = ordersOf([
  'authorization',
  'authorization',
  'reversal',
  'reversal',
  'partial reversal',
  'clearing',
])

/** A debit that is overtaken by whatever comes next, and one that was answered before. */
const PACES = [
  { pace: 'slow', debitTakesMs: 350 },
  { pace: 'prompt', debitTakesMs: 0 },
] as const

test.for(PACES)(
  'in all orders of six messages about a $pace purchase the money ends where it must',
  { timeout: 180_000 },
  async ({ pace, debitTakesMs }) => {
    expect(ORDERS).toHaveLength(180)
    const atOnce = limiter(AT_ONCE)
    const ends = await Promise.all(
      ORDERS.map((order, index) =>
        atOnce(async () =>
          runOrder(order, { exchange: index % 2 === 0 ? 'bybit' : 'binance', debitTakesMs }),
        ),
      ),
    )
    const seen: Record<string, number> = {}
    for (const { end } of ends) seen[end] = (seen[end] ?? 0) + 1
    process.stdout.write(`orders, ${pace}: ${JSON.stringify(seen)}\n`)
    expect(ends.flatMap(({ mistakes }) => mistakes)).toEqual([])
    // That is what makes the one pace differ from the other.
    const overtaken = pace === 'slow' ? 'stopped' : 'partially_reversed'
    expect(Object.keys(seen).join(' ')).toContain(overtaken)
  },
)

type Pace = { readonly exchange: 'bybit' | 'binance'; readonly debitTakesMs: number }

async function runOrder(order: readonly Name[], { exchange, debitTakesMs }: Pace) {
  const card = await stack.openCard({ exchange, holds: '5000' })
  const fault = { exchange, operation: 'debit', wallet: card.wallet, kind: 'delay' } as const
  const isSlow = debitTakesMs > 0
  if (isSlow) await stack.sandbox.layFault({ ...fault, delayMs: debitTakesMs, times: 1 })
  const life = liveCard(stack.bank(card.bank), card)
  life.prepare(MESSAGES.authorization)
  const repeats = await sendInOrder(life, order, isSlow)
  await untilAtRest(database, card)
  const standing = await standingOf(database, card)
  const messages = [...new Set(order)].map((name) => MESSAGES[name])
  const fitting = possibleAfter(noMoney(LIMITS), messages, {
    areDecisionsSlow: true,
    wasHeard: wasHeard(life.sent),
  })
  const all = () => possibleAfter(noMoney(LIMITS), messages, { areDecisionsSlow: true })
  const possible = fitting.length > 0 ? fitting : all()
  const { money, wrong } = leastDifferences({ card, sent: life.sent, standing }, possible)
  const changed = repeats
    .filter(({ name, reply }) => reply.body !== life.sent.get(name)?.reply.body)
    .map(({ name, reply }) => `the repeat of the ${name} was answered ${reply.body}`)
  return {
    end: Object.values(money.answers)
      .map((answer) =>
        'outcome' in answer ? answer.outcome : 'declined' in answer ? answer.declined : 'approved',
      )
      .join(' + '),
    mistakes: [...wrong, ...changed].map((mistake) => `${order.join(', ')}: ${mistake}`),
  }
}

type Repeat = { readonly name: Name; readonly reply: Reply }

/** Sends each message when the one before it was answered; after a slow authorization, when that was accepted. */
async function sendInOrder(
  life: CardLife,
  order: readonly Name[],
  isSlow: boolean,
): Promise<readonly Repeat[]> {
  const sent = new Map<Name, Promise<unknown>>()
  const repeats: Promise<Repeat>[] = []
  for (const name of order) {
    const isRepeat = sent.has(name)
    const sending: Promise<unknown> = isRepeat ? repeat(life, name) : life.send(MESSAGES[name])
    if (isRepeat) repeats.push(sending as Promise<Repeat>)
    else sent.set(name, sending)
    if (isSlow && name === 'authorization') await untilAccepted(database, life)
    else await sending
  }
  await Promise.all(sent.values())
  return Promise.all(repeats)
}

/** What could not be recorded in time is asked again, as a bank does. */
async function repeat(life: CardLife, name: Name): Promise<Repeat> {
  const again = () => life.again(name, (body) => ({ ...body, repeat: true }))
  let reply = await again()
  for (let count = 0; reply.status === 503 && count < 40; count += 1) reply = await again()
  return { name, reply }
}

async function untilAccepted({ rows }: Database, { card }: CardLife): Promise<void> {
  const look = () =>
    rows('SELECT 1 FROM "authorization" WHERE bank_id = $1 AND card_token = $2 AND kind = $3', [
      card.bank,
      card.token,
      'authorization',
    ])
  await expect.poll(look, { timeout: 10_000, interval: 10 }).toHaveLength(1)
}
