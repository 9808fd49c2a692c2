import { createRandom } from '@tolem/testing/random'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { audit, untilSettled } from '../support/audit.ts'
import { newTally, openAllCards, payUntil, repeatAll } from '../support/load.ts'
import { aPurchase } from '../support/messages.ts'
import { need, type OwnParts, startOwnParts } from '../support/own-parts.ts'
import { decide, type TestCard } from '../support/stack.ts'

let own: OwnParts | undefined
let cards: readonly TestCard[] = []

beforeAll(async () => {
  own = await startOwnParts(4)
  if (own) cards = await openAllCards(own.stack)
}, 120_000)

afterAll(() => own?.close())

/** Pays all the while that `trouble` makes trouble, then judges every answer and the books: gives what is wrong. */
async function payThrough(
  seed: number,
  trouble: (running: OwnParts) => Promise<void>,
): Promise<readonly string[]> {
  if (!own) expect.unreachable()
  const tally = newTally()
  const running = own
  const { stack, parts } = running
  await untilPaying('approved')
  await payUntil({ stack, cards, tally }, createRandom(seed), () => trouble(running))
  await repeatAll(stack, tally)
  await untilSettled(parts.databaseUrl, 30_000)
  const { mistakes } = await audit(parts.databaseUrl, stack.sandbox)
  // Redis is no reason to leave a bank without a reply.
  const unanswered = tally.undecided.get('no reply') ?? 0
  return [...tally.mistakes, ...mistakes, ...(unanswered > 0 ? [`${unanswered} got no reply`] : [])]
}

async function untilPaying(expected: string): Promise<void> {
  const [card] = cards
  if (!own || !card) expect.unreachable()
  const bank = own.stack.bank(card.bank)
  await expect
    .poll(
      async () => {
        const { answer } = await decide(bank, aPurchase(card.token, { amount: '100.00' }))
        return answer.reason ?? answer.decision
      },
      { timeout: 20_000, interval: 50 },
    )
    .toBe(expected)
}

async function command(...words: readonly [string, ...string[]]): Promise<void> {
  const client = new Redis(own?.redis.url ?? '', { maxRetriesPerRequest: 0 })
  await client.call(...words)
  client.disconnect()
}

test('with Redis killed declines once its rates are too old, and pays again when it is back', async (context) => {
  need(own, context)
  const wrong = await payThrough(3, async ({ redis }) => {
    await redis.stop()
    await untilPaying('rate_unavailable')
    await redis.start()
    await untilPaying('approved')
  })
  expect(wrong).toEqual([])
}, 90_000)

test('with Redis flushed again and again pays on', async (context) => {
  need(own, context)
  const wrong = await payThrough(4, async () => {
    for (let flush = 0; flush < 10; flush += 1) {
      await command('FLUSHALL')
      await untilPaying('approved')
    }
  })
  expect(wrong).toEqual([])
}, 60_000)

test('with Redis paused answers everything in time, and pays again by itself', async (context) => {
  need(own, context)
  const wrong = await payThrough(5, async () => {
    await command('CLIENT', 'PAUSE', '6500', 'ALL')
    await untilPaying('rate_unavailable')
    await untilPaying('approved')
  })
  expect(wrong).toEqual([])
}, 60_000)

test('with rates killed declines once they are too old, and pays again when they are back', async (context) => {
  need(own, context)
  const wrong = await payThrough(6, async ({ parts }) => {
    await parts.rates.stop('SIGKILL')
    await untilPaying('rate_unavailable')
    await parts.rates.start()
    await untilPaying('approved')
  })
  expect(wrong).toEqual([])
}, 60_000)
