import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest'
import { openAllCards } from '../support/load.ts'
import { need, startOwnParts } from '../support/own-parts.ts'
import { aStoppedRedis, askRedis } from '../support/wire-troubles.ts'
import {
  type PaidParts,
  payThroughTroubles,
  type Trouble,
  untilAnswered,
} from '../support/wired-parts.ts'

let own: PaidParts | undefined
let close: (() => Promise<void>) | undefined

beforeAll(async () => {
  const started = await startOwnParts(4)
  close = started?.close
  const [first, ...others] = started ? await openAllCards(started.stack) : []
  if (started && first) own = { ...started, cards: [first, ...others] }
}, 120_000)

afterAll(() => close?.())

/** Pays all the while that there is trouble, then judges every answer and the books: gives what is wrong. */
async function payThrough(
  context: TestContext,
  seed: number,
  trouble: Trouble<PaidParts>,
): Promise<readonly string[]> {
  need(own, context)
  return payThroughTroubles(own, { name: trouble.name, seed }, [trouble])
}

test('with Redis killed declines once its rates are too old, and pays again when it is back', async (context) => {
  const wrong = await payThrough(context, 3, {
    name: 'Redis killed',
    make: ({ redis }) => redis.stop(),
    felt: ['rate_unavailable'],
    mend: ({ redis }) => redis.start(),
  })
  expect(wrong).toEqual([])
}, 90_000)

test('with Redis flushed again and again pays on', async (context) => {
  const wrong = await payThrough(context, 4, {
    name: 'Redis flushed',
    make: async (running) => {
      for (let flush = 0; flush < 10; flush += 1) {
        await askRedis(running, ['FLUSHALL'])
        await untilAnswered(running, ['approved'])
      }
    },
  })
  expect(wrong).toEqual([])
}, 60_000)

test('with Redis standing still answers everything in time, and pays again by itself', async (context) => {
  expect(await payThrough(context, 5, aStoppedRedis())).toEqual([])
}, 60_000)

test('with rates killed declines once they are too old, and pays again when they are back', async (context) => {
  const wrong = await payThrough(context, 6, {
    name: 'rates killed',
    make: ({ parts }) => parts.rates.stop('SIGKILL'),
    felt: ['rate_unavailable'],
    mend: ({ parts }) => parts.rates.start(),
  })
  expect(wrong).toEqual([])
}, 60_000)
