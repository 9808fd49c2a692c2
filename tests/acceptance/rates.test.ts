import { expect, onTestFinished, test } from 'vitest'
import { aPurchase } from '../support/messages.ts'
import { ownHouse } from '../support/own-house.ts'
import { approved, decide, decided, type TestCard } from '../support/stack.ts'
import { toUnits } from '../support/units.ts'

const own = ownHouse()

const MAXIMUM_AGE_MS = 5_000
/** The programme's `medianBandBasisPoints` and `spikeBasisPoints`, whichever is wider. */
const BAND_BASIS_POINTS = 300n

async function pay(card: TestCard) {
  const { answer } = await decide(own().stack.bank(), aPurchase(card.token, { amount: '100.00' }))
  return answer
}

test('lists the rates that quotes are made from, with their age', async () => {
  const answer = decided(await own().stack.bank().rates())
  expect(answer.maximumAgeMs).toBe(MAXIMUM_AGE_MS)
  const names = answer.rates.map(({ exchange, pair }) => `${exchange} ${pair}`)
  const assets = ['BTC', 'ETH', 'SOL', 'TON', 'USDC', 'USDT']
  expect(names.toSorted()).toEqual(
    ['binance', 'bybit'].flatMap((name) => assets.map((asset) => `${name} ${asset}/KZT`)),
  )
  for (const { state, bid, ask, ageMs } of answer.rates) {
    expect(state).toBe('safe')
    expect(toUnits(bid ?? '')).toBeLessThanOrEqual(toUnits(ask ?? ''))
    expect(ageMs).toBeLessThanOrEqual(MAXIMUM_AGE_MS)
  }
})

test.for(['bybit', 'binance'] as const)(
  'declines when %s’s prices stand still, before they are too old, and pays again by itself',
  async (exchange) => {
    const { stack } = own()
    const card = await stack.openCard({ exchange, asset: 'BTC', holds: '1' })
    approved(await stack.bank().authorize(aPurchase(card.token, { amount: '100.00' })))
    await stack.sandbox.layFault({ exchange, operation: 'prices', kind: 'frozen_prices' })
    onTestFinished(() => stack.sandbox.liftFaults())
    const ages: number[] = []
    const reasonAfterAll = async () => {
      const { reason, funding = [] } = await pay(card)
      ages.push(...funding.map(({ quote }) => quote.ageMs))
      return reason
    }
    await expect
      .poll(reasonAfterAll, { timeout: 20_000, interval: 100 })
      .toMatch(/^rate_(unsafe|unavailable)$/)
    expect(ages.length).toBeGreaterThan(0)
    expect(Math.max(...ages)).toBeLessThanOrEqual(MAXIMUM_AGE_MS)
    await expect
      .poll(async () => (await pay(card)).reason, { timeout: 20_000, interval: 100 })
      .toBe('rate_unavailable')
    const moved = (await card.movements()).length
    expect(await pay(card)).toMatchObject({ decision: 'declined', responseCode: '91' })
    expect(await card.movements()).toHaveLength(moved)
    const listed = decided(await stack.bank().rates()).rates
    const ours = listed.find((rate) => rate.exchange === exchange && rate.pair === 'BTC/KZT')
    expect(ours?.state).not.toBe('safe')
    await stack.sandbox.liftFaults({ kind: 'frozen_prices' })
    await expect
      .poll(async () => (await pay(card)).decision, { timeout: 30_000, interval: 100 })
      .toBe('approved')
  },
)

test('says on which rate, how old, and from whom each approval was priced', async () => {
  const { stack } = own()
  const card = await stack.openCard({ asset: 'ETH' })
  const { funding } = approved(await stack.bank().authorize(aPurchase(card.token)))
  const { quote } = funding?.[0] ?? expect.unreachable()
  expect(quote.sources.map(({ exchange, pair }) => `${exchange} ${pair}`)).toEqual([
    'bybit ETH/USDT',
    'bybit USDT/KZT',
  ])
  expect(quote.ageMs).toBeLessThanOrEqual(MAXIMUM_AGE_MS)
  expect(toUnits(quote.appliedRate)).toBeLessThan(toUnits(quote.mid))
})

const ABSURD_BOOKS = [
  { bid: '4740.00', ask: '4745.00' },
  { bid: '47.40', ask: '47.45' },
  { bid: '480.00', ask: '470.00' },
  { bid: '503.00', ask: '503.50' },
  { bid: '0', ask: '0' },
]

test('never approves at an absurd price, whichever it is, and pays again by itself', async () => {
  const { stack } = own()
  const card = await stack.openCard({ exchange: 'binance', asset: 'USDT' })
  const middle = await middleOfUsdt()
  onTestFinished(() => stack.sandbox.unpinPrice('binance', 'USDTKZT'))
  for (const book of ABSURD_BOOKS) {
    await stack.sandbox.pinPrice('binance', 'USDTKZT', book)
    await expect
      .poll(
        async () => {
          const answer = await pay(card)
          const mid = answer.funding?.[0]?.quote.mid
          if (mid !== undefined && !isInside(toUnits(mid), middle)) return `approved at ${mid}`
          return answer.reason
        },
        { timeout: 20_000, interval: 50 },
      )
      .toMatch(/^rate_(unsafe|unavailable)$/)
  }
  await stack.sandbox.unpinPrice('binance', 'USDTKZT')
  await expect
    .poll(async () => (await pay(card)).decision, { timeout: 40_000, interval: 100 })
    .toBe('approved')
})

async function middleOfUsdt(): Promise<bigint> {
  const { rates } = decided(await own().stack.bank().rates())
  const usual = rates.find(({ exchange, pair }) => exchange === 'bybit' && pair === 'USDT/KZT')
  return (toUnits(usual?.bid ?? '') + toUnits(usual?.ask ?? '')) / 2n
}

function isInside(price: bigint, middle: bigint): boolean {
  const distance = price > middle ? price - middle : middle - price
  return distance * 10_000n <= middle * BAND_BASIS_POINTS
}
