import type { ExchangeId } from '@tolem/domain/ids'
import { expect, onTestFinished, test } from 'vitest'
import type { BookTop, FeedState } from '../prices.ts'
import { json } from '../testing/dialect.ts'
import { startScriptedExchange } from '../testing/scripted-exchange.ts'
import { createPartnerPriceFeed } from './prices.ts'

const PAIRS = ['BTC/USDT', 'USDT/KZT']

async function follow(silenceMs: number) {
  const exchange = await startScriptedExchange()
  const tops: BookTop[] = []
  const states: FeedState[] = []
  const flaws: string[] = []
  const feed = createPartnerPriceFeed({
    exchange: 'partner' as ExchangeId,
    url: '',
    restUrl: exchange.host,
    pairs: PAIRS,
    silenceMs,
    now: Date.now,
    random: () => 0.5,
    onTop: (top) => tops.push(top),
    onState: (state) => states.push(state),
    onFlaw: (flaw) => flaws.push(flaw),
  })
  onTestFinished(async () => {
    await feed.close()
    await exchange.close()
  })
  return { exchange, tops, states, flaws }
}

const book = (pair: string, bid: string, at = Date.now()) => ({ pair, bid, ask: bid, at })

test('reads all books in one unsigned call, and drops one that says that it is old', async () => {
  const { exchange, tops, states } = await follow(60_000)
  exchange.play(() =>
    json({ books: [book('BTC/USDT', '65000.1'), book('USDT/KZT', '474', Date.now() - 61_000)] }),
  )
  await expect.poll(() => tops.length, { timeout: 5_000 }).toBeGreaterThan(0)
  expect(tops[0]).toMatchObject({ pair: 'BTC/USDT', bid: '65000.1', ask: '65000.1', via: 'rest' })
  expect(new Set(tops.map(({ pair }) => pair))).toEqual(new Set(['BTC/USDT']))
  expect(states).toEqual(['connecting', 'live'])
  const [request] = exchange.seen
  expect([request?.path, request?.query]).toEqual(['/v1/books', 'pairs=BTC/USDT,USDT/KZT'])
  expect(request?.headers).not.toHaveProperty('partner-signature')
})

test('a feed that gives no price is stale, and what is no answer is told', async () => {
  const { exchange, tops, states, flaws } = await follow(1)
  exchange.play(json({ books: 'none' }))
  await expect.poll(() => states, { timeout: 5_000 }).toEqual(['connecting', 'stale'])
  await expect.poll(() => flaws.length, { timeout: 5_000 }).toBeGreaterThan(0)
  expect(tops).toEqual([])
})
