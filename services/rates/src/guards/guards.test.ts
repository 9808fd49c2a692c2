import type { ExchangeId } from '@tolem/domain/ids'
import type { RateSource } from '@tolem/domain/quote'
import type { BookTop } from '@tolem/exchanges/prices'
import { compareRates, parseRate, type Rate } from '@tolem/money/rate'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { assess, type Route } from './assessment.ts'
import type { GuardLimits } from './guard.ts'
import { isNearMedian } from './median.ts'
import { type Observation, observe } from './observation.ts'
import { createObservations } from './observations.ts'
import { isOnPeg } from './peg.ts'
import { isPlausible } from './plausible.ts'
import { readTick } from './tick.ts'

const BYBIT = 'bybit' as ExchangeId
const BINANCE = 'binance' as ExchangeId
const LIMITS: GuardLimits = {
  maximumAgeMs: 5_000,
  spikeBasisPoints: 300,
  medianBandBasisPoints: 200,
  pegBandBasisPoints: new Map([
    ['USDT', 100],
    ['USDC', 100],
  ]),
}

function top(bid: string, ask: string, receivedAt = 0, pair = 'USDT/KZT'): BookTop {
  return { exchange: BYBIT, pair, bid, ask, receivedAt }
}

function source(bid: string, ask = bid, exchange = BYBIT): RateSource {
  return { exchange, pair: 'USDT/KZT', bid: bid as Rate, ask: ask as Rate, observedAt: 0 }
}

/** The same price as for the second before: a book's first one is believed by a witness alone. */
const lasting = (tick: BookTop) => [{ ...tick, receivedAt: tick.receivedAt - 1_000 }, tick]

/** Plays ticks, the first of which has lasted, and gives what is known in the end. */
function play([first, ...others]: readonly BookTop[]): Observation | undefined {
  return [...(first ? lasting(first) : []), ...others].reduce<Observation | undefined>(
    (known, tick) => observe(known, tick, LIMITS),
    undefined,
  )
}

test.each([
  ['not_a_price', '0', '474.3'],
  ['not_a_price', '0.00000000', '474.3'],
  ['not_a_price', '-474.2', '474.3'],
  ['not_a_price', 'NaN', '474.3'],
  ['not_a_price', 'Infinity', '474.3'],
  ['not_a_price', '1e-30', '474.3'],
  ['not_a_price', '4.742e2', '474.3'],
  ['not_a_price', '474,2', '474.3'],
  ['not_a_price', ' 474.2', '474.3'],
  ['not_a_price', '', '474.3'],
  ['not_a_price', '474.2', ''],
  ['implausible', '0.00210882', '0.00210971'],
  ['implausible', '47420', '47430'],
  ['implausible', '4.742', '4.743'],
  ['crossed', '474.3', '474.2'],
  ['too_wide', '400', '474.2'],
])('refuses as %s the bid %j with the ask %j', (guard, bid, ask) => {
  expect(readTick(top(bid, ask), LIMITS)).toEqual({ ok: false, reason: guard })
})

test('accepts a locked book, whose sides are equal', () => {
  expect(readTick(top('474.2', '474.2'), LIMITS).ok).toBe(true)
})

test('no inverted or wrongly scaled price of a pair is plausible where it trades far from one', () => {
  const pairs = { 'USDT/KZT': '474.2', 'BTC/USDT': '90000', 'ETH/USDT': '3100', 'SOL/USDT': '140' }
  for (const [pair, price] of Object.entries(pairs)) {
    expect(isPlausible(pair, price as Rate)).toBe(true)
    expect(isPlausible(pair, parseRate((1 / Number(price)).toFixed(18)) as Rate)).toBe(false)
    expect(isPlausible(pair, String(Number(price) * 10_000) as Rate)).toBe(false)
  }
})

test('holds a spike until a price near it has lasted for a second', () => {
  const calm = top('474.2', '474.4', 0)
  const spike = (at: number) => top('600', '600.5', at)
  expect(play([calm, spike(10)])?.refusal).toBe('spike')
  expect(play([calm, spike(10), spike(11), spike(900)])?.refusal).toBe('spike')
  expect(play([calm, spike(10), spike(1_010)])).toMatchObject({ accepted: { bid: '600' } })
  expect(play([calm, spike(10), spike(1_010)])?.refusal).toBeUndefined()
})

test('forgets a spike that went back, and makes the next one wait its own second', () => {
  const calm = (at: number) => top('474.2', '474.4', at)
  const spike = (at: number) => top('600', '600.5', at)
  expect(play([calm(0), spike(10), calm(20)])?.refusal).toBeUndefined()
  expect(play([calm(0), spike(10), calm(20), spike(1_500)])?.refusal).toBe('spike')
  expect(play([calm(0), spike(10), top('NaN', '1', 20), spike(1_500)])?.refusal).toBe('spike')
})

test('sees a spike in a fall of small steps within a second', () => {
  const steps = ['474.2', '466', '458', '450', '442'].map((bid, at) => top(bid, bid, at * 50))
  expect(play(steps)?.refusal).toBe('spike')
  const slow = steps.map(({ bid, ask, receivedAt }) => top(bid, ask, receivedAt * 20))
  expect(play(slow)?.refusal).toBeUndefined()
})

test('two sources that disagree are both refused, and of three only the one that lies', () => {
  const [low, high] = [source('474.2'), source('486', '486', BINANCE)]
  expect(isNearMedian(low, [high], 200)).toBe(false)
  expect(isNearMedian(high, [low], 200)).toBe(false)
  const third = source('475', '475', 'third' as ExchangeId)
  expect(isNearMedian(low, [high, third], 200)).toBe(true)
  expect(isNearMedian(high, [low, third], 200)).toBe(false)
  expect(isNearMedian(high, [], 200)).toBe(true)
})

test('a stablecoin is off its peg when either side of its book leaves the band', () => {
  expect(isOnPeg(source('0.9998', '1.0001'), 100)).toBe(true)
  expect(isOnPeg(source('0.9899', '1.0001'), 100)).toBe(false)
  expect(isOnPeg(source('1.0000', '1.0101'), 100)).toBe(false)
})

const ROUTE: Route = {
  exchange: BYBIT,
  asset: 'BTC',
  legs: [
    { exchange: BYBIT, pair: 'BTC/USDT' },
    { exchange: BYBIT, pair: 'USDT/KZT' },
  ],
}

function assessed(
  heard: readonly BookTop[],
  now: number,
  route: Route = ROUTE,
  { confirmed = true }: { confirmed?: boolean } = {},
) {
  const observations = createObservations()
  for (const each of confirmed ? heard.flatMap(lasting) : heard) {
    const leg = { exchange: each.exchange, pair: each.pair }
    observations.set(leg, observe(observations.get(leg), each, LIMITS))
  }
  return assess(route, { observations, limits: LIMITS, now, official: undefined })
}

test('crosses bid with bid and ask with ask, as old as the older source', () => {
  const heard = [top('90000.5', '90001', 300, 'BTC/USDT'), top('474.20', '474.40', 100)]
  expect(assessed(heard, 400)).toEqual({
    state: 'safe',
    exchange: 'bybit',
    asset: 'BTC',
    bid: '42678237.1',
    ask: '42696474.4',
    observedAt: 100,
    sources: [
      { exchange: 'bybit', pair: 'BTC/USDT', bid: '90000.5', ask: '90001', observedAt: 300 },
      { exchange: 'bybit', pair: 'USDT/KZT', bid: '474.2', ask: '474.4', observedAt: 100 },
    ],
  })
})

test('says nothing before every source was heard, and silent when one was not heard for too long', () => {
  expect(assessed([top('474.20', '474.40', 100)], 400)).toBeUndefined()
  const heard = [top('90000.5', '90001', 9_000, 'BTC/USDT'), top('474.20', '474.40', 100)]
  expect(assessed(heard, 9_000)).toMatchObject({
    state: 'unsafe',
    guard: 'silent',
    observedAt: 100,
  })
})

test('a broken peg refuses both stablecoins and no other asset', () => {
  const heard = [
    top('474.20', '474.40'),
    top('0.97', '0.971', 0, 'USDC/USDT'),
    top('90000.5', '90001', 0, 'BTC/USDT'),
  ]
  const tenge = { exchange: BYBIT, pair: 'USDT/KZT' }
  const usdt: Route = { exchange: BYBIT, asset: 'USDT', legs: [tenge] }
  const usdc: Route = { ...ROUTE, asset: 'USDC', legs: [{ ...tenge, pair: 'USDC/USDT' }, tenge] }
  expect(assessed(heard, 0, usdt)).toMatchObject({ state: 'unsafe', guard: 'off_peg' })
  expect(assessed(heard, 0, usdc)).toMatchObject({ state: 'unsafe', guard: 'off_peg' })
  expect(assessed(heard, 0)).toMatchObject({ state: 'safe' })
})

test('a first price is believed when it has lasted, or at once when another book confirms it', () => {
  const usdt: Route = {
    exchange: BYBIT,
    asset: 'USDT',
    legs: [{ exchange: BYBIT, pair: 'USDT/KZT' }],
  }
  const at = (price: string, receivedAt: number) => top(price, price, receivedAt)
  const ratesAfter = (...heard: BookTop[]) =>
    assessed(heard, heard.at(-1)?.receivedAt ?? 0, usdt, { confirmed: false })
  const unconfirmed = { state: 'unsafe', guard: 'unconfirmed' }
  expect(ratesAfter(at('237', 0))).toMatchObject(unconfirmed)
  expect(ratesAfter(at('237', 0), at('474', 500), at('237', 1_100))).toMatchObject(unconfirmed)
  expect(ratesAfter(at('474', 0), at('474.1', 1_000))).toMatchObject({ bid: '474.1' })
  const witness = { ...at('474.3', 0), exchange: BINANCE }
  expect(ratesAfter(witness, at('474', 0))).toMatchObject({ state: 'safe', bid: '474' })
  expect(ratesAfter(witness, at('237', 0))).toMatchObject({ guard: 'far_from_median' })
})

test('a source that disagrees with another exchange is refused while that one is fresh', () => {
  const other = { ...top('486', '486.1', 0), exchange: BINANCE }
  const heard = [top('90000.5', '90001', 0, 'BTC/USDT'), top('474.20', '474.40', 0), other]
  expect(assessed(heard, 0)).toMatchObject({ state: 'unsafe', guard: 'far_from_median' })
  const later = [top('90000.5', '90001', 6_000, 'BTC/USDT'), top('474.20', '474.40', 6_000), other]
  expect(assessed(later, 6_000)).toMatchObject({ state: 'safe' })
})

const glitch = fc.constantFrom<readonly [string, string]>(
  ['0', '0'],
  ['-474', '-473'],
  ['NaN', 'NaN'],
  ['1e-30', '1e-29'],
  ['', ''],
  ['0.0021', '0.0022'],
  ['47420', '47440'],
  ['480', '470'],
  ['100', '474'],
  ['237', '237.1'],
  ['711', '711.1'],
)
const honest = fc
  .integer({ min: 47_200, max: 47_600 })
  .map((price) => [(price / 100).toFixed(2), ((price + 20) / 100).toFixed(2)] as const)
/** A tape of 50 ms ticks, a tenth of them glitched; an honest tick stands between any two glitches. */
const tape = fc.array(fc.tuple(fc.oneof({ weight: 4, arbitrary: honest }, glitch), honest), {
  minLength: 1,
  maxLength: 60,
})

test('over any tape with glitches, nothing outside the bounds is ever safe', () => {
  const usdt: Route = {
    exchange: BYBIT,
    asset: 'USDT',
    legs: [{ exchange: BYBIT, pair: 'USDT/KZT' }],
  }
  fc.assert(
    fc.property(tape, fc.integer({ min: 0, max: 9_000 }), (pairs, pauseMs) => {
      const ticks = pairs.flat().map(([bid, ask], at) => top(bid, ask, at * 50))
      for (let heard = 1; heard <= ticks.length; heard++) {
        const lastHeardAt = (heard - 1) * 50
        const rate = assessed(ticks.slice(0, heard), lastHeardAt + pauseMs, usdt, {
          confirmed: false,
        })
        if (rate?.state !== 'safe') continue
        expect(pauseMs).toBeLessThanOrEqual(LIMITS.maximumAgeMs)
        expect(rate.observedAt).toBe(lastHeardAt)
        expect(compareRates(rate.bid, '457' as Rate)).toBe(1)
        expect(compareRates(rate.ask, '491' as Rate)).toBe(-1)
        expect(compareRates(rate.bid, rate.ask)).toBeLessThanOrEqual(0)
      }
    }),
    { numRuns: 60 },
  )
})

test('no text throws or becomes a price that it does not say', () => {
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom('0', '1', '4', '7', '.', 'e', '+', '-', ' ', ',') }),
    fc.string(),
  )
  const number = fc.double({ min: 50, max: 5_000, noNaN: true }).map(String)
  fc.assert(
    fc.property(fc.oneof(text, number), text, (bid, ask) => {
      for (const tick of [readTick(top(bid, ask), LIMITS), readTick(top(bid, bid), LIMITS)])
        expect(tick.ok ? Number(tick.value.bid) : Number(bid)).toBe(Number(bid))
    }),
  )
})
