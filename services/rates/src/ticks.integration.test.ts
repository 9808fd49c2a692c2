import type { QuoteId } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import type { Rate } from '@tolem/money/rate'
import { PILOT_PROGRAMME_FILE, readProgramme } from '@tolem/programme'
import type { Programme } from '@tolem/programme/schema'
import { createCreditQuotes } from '@tolem/quotes/credit'
import { createRateMirror } from '@tolem/quotes/mirror'
import { createQuotes } from '@tolem/quotes/quotes'
import { createLocalBus } from '@tolem/redis/bus'
import { expect, inject, test } from 'vitest'
import type { Guard } from './guards/guard.ts'
import { SPIKE_HOLD_MS } from './guards/observation.ts'
import { createPricing } from './pricing.ts'
import { createTape, type Fault, LARGEST_NUDGE, NOISE } from './testing/tape.ts'

declare module 'vitest' {
  interface ProvidedContext {
    readonly ticks: number
    readonly ticksSeed: number
  }
}

const pilot = readProgramme(PILOT_PROGRAMME_FILE)
const { maximumAgeMs, medianBandBasisPoints } = pilot.ratePolicy

/**
 * The stated bound of one book's price: a source may stand the programme's median band away from another, and that one
 * may be a tick that is nudged, both with their noise. A price that came over two books may err by both.
 */
const BOUND = medianBandBasisPoints / 10_000 + LARGEST_NUDGE + 2 * NOISE

/**
 * What a price is compared with: what was true at any time since its oldest source was heard, less the second for which
 * a jump is held and the second within which every rate is published anew.
 */
const SLACK_MS = SPIKE_HOLD_MS + 1_000

/** How often quotes of all rates are asked for, and the bus gets its turn: about ten times a second. */
const TICKS_PER_TURN = 10

type Played = {
  quotes: number
  refused: number
  readonly wrong: string[]
  readonly guards: Set<string>
  readonly faults: ReadonlyMap<Fault, number>
}

/** Plays a tape through guards, publication, mirror and quotes, until a quote is not what was true, or to its end. */
async function play(
  seed: number,
  ticks: number,
  ratePolicy: Programme['ratePolicy'],
): Promise<Played> {
  const tape = createTape(seed)
  const bus = createLocalBus({ now: tape.now })
  const pairs = ['USDT/KZT', 'USDC/USDT', 'BTC/USDT']
  const exchanges = pilot.exchanges.map((exchange) => {
    return { ...exchange, feed: { ...exchange.feed, pairs } }
  })
  const played: Played = {
    quotes: 0,
    refused: 0,
    wrong: [],
    guards: new Set<Guard>(),
    faults: tape.faults,
  }
  const pricing = createPricing({
    programme: { ...pilot, exchanges, ratePolicy },
    bus,
    now: tape.now,
    official: () => '474.2' as Rate,
    onRefused: (_leg, guard) => void played.guards.add(guard),
    onPublished: (rate) => void (rate.state === 'unsafe' && played.guards.add(rate.guard)),
    onFailure: (error) => expect.unreachable(String(error)),
  })
  const mirror = createRateMirror({
    bus,
    exchanges: exchanges.map(({ id }) => id),
    onFault: ({ detail }) => expect.unreachable(detail),
  })
  await mirror.start()
  const newQuoteId = () => 'qte_1' as QuoteId
  const quotes = createQuotes({ mirror, maximumAgeMs, now: tape.now, newQuoteId })
  const credits = createCreditQuotes({ mirror, maximumAgeMs, now: tape.now })

  const judge = ({ exchange, asset, legs }: (typeof pricing.routes)[number]) => {
    const billing = amountOf('KZT', 1_250_000n)
    const terms = { step: 1n, spreadBasisPoints: 50, feeBasisPoints: 100 }
    const quote = quotes.quote({ billing, exchange, asset, ...terms })
    const credit = credits(exchange, asset)
    if (!quote.ok || !credit.ok) {
      played.refused += 1
      return
    }
    played.quotes += 1
    const { bid, applied, observedAt, spreadBasisPoints } = quote.value
    const span = legs.map(({ pair }) => tape.truth(pair, observedAt - SLACK_MS))
    const lowest = span.reduce((product, each) => product * each.lowest * (1 - BOUND), 1)
    const highest = span.reduce((product, each) => product * each.highest * (1 + BOUND), 1)
    const ask = Number(credit.value.rate)
    const isInside =
      Number(bid) >= lowest && Number(bid) <= highest && ask >= lowest && ask <= highest
    const isFresh = tape.now() - observedAt <= maximumAgeMs
    const isLowered =
      Math.abs(Number(applied) / Number(bid) - 1 + spreadBasisPoints / 10_000) < 1e-9
    const isWidened = spreadBasisPoints >= 50 && spreadBasisPoints <= 200
    if (isInside && isFresh && isLowered && isWidened) return
    played.wrong.push(`${exchange} ${asset} ${bid} of ${lowest} to ${highest} at ${tape.now()}`)
  }
  for (let tick = 1; tick <= ticks && played.wrong.length === 0; tick++) {
    const top = tape.next()
    if (top !== undefined) pricing.onTop(top)
    if (tick % TICKS_PER_TURN > 0) continue
    pricing.pass()
    await new Promise((resolve) => void setImmediate(resolve))
    for (const route of pricing.routes) judge(route)
  }
  await mirror.close()
  await bus.close()
  return played
}

/** Without volatility's guard, which stops whatever jumped, whether another guard had missed it or not. */
const unaided = { ...pilot.ratePolicy, volatility: undefined }

test.each([
  ['the pilot’s policy', pilot.ratePolicy, 0.2],
  ['that policy without volatility', unaided, 1],
] as const)(
  'by %s no quote is outside its bounds over any tape of bad ticks',
  { timeout: 900_000 },
  async (_what, ratePolicy, share) => {
    const [ticks, seed] = [inject('ticks') * share, inject('ticksSeed')]
    const startedAt = performance.now()
    const played = await play(seed, ticks, ratePolicy)
    const faults = [...played.faults].map(([fault, count]) => `${fault} ${count}`).join(', ')
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
    process.stdout.write(
      `ticks: SEED=${seed}, ${ticks} ticks in ${seconds} s, ${played.quotes} quotes, ` +
        `${played.refused} refusals; ${faults}; guards: ${[...played.guards].toSorted().join(', ')}\n`,
    )
    expect(played.wrong).toEqual([])
    // The tape is not so bad that nothing is ever quoted, and a long one meets every guard that it can meet.
    expect(played.quotes).toBeGreaterThan(played.refused / 10)
    if (ticks < 50_000) return
    expect([...played.guards]).toEqual(
      expect.arrayContaining([
        'not_a_price',
        'crossed',
        'implausible',
        'spike',
        'silent',
        'far_from_median',
      ]),
    )
  },
)

test.each([
  ['spikes', { ...unaided, spikeBasisPoints: 9_999 }],
  ['the median', { ...unaided, medianBandBasisPoints: 9_999 }],
  ['the official rate', { ...unaided, officialRate: undefined }],
])(
  'the same judge finds quotes out of bounds without the guard of %s',
  async (_guard, ratePolicy) => {
    const { wrong } = await play(20_261_122, 200_000, ratePolicy)
    expect(wrong.length).toBeGreaterThan(0)
  },
)
