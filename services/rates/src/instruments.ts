import type { BookTop, FeedState } from '@tolem/exchanges/prices'
import type { PublishedRate } from '@tolem/quotes/published-rate'
import type { Logger } from '@tolem/telemetry/logger'
import type { Metrics } from '@tolem/telemetry/metrics'
import type { Leg } from './guards/assessment.ts'
import type { Guard } from './guards/guard.ts'
import type { OfficialOutcome, OfficialRate } from './official/official-rates.ts'

const FEED_STATES: readonly FeedState[] = ['connecting', 'live', 'stale', 'down']

/** What operators see of this service: each change in the log once, everything in the metrics. */
export type Instruments = {
  feedEntered(exchange: string, state: FeedState, detail: string): void
  feedFlawed(exchange: string, detail: string): void
  tickHeard(top: BookTop): void
  tickRefused(leg: Leg, guard: Guard): void
  published(rate: PublishedRate): void
  publishingFailed(error: unknown): void
  /** One round of questions to the National Bank is over. */
  officialRateAsked(outcome: OfficialOutcome, latest: OfficialRate | undefined): void
  /** An official rate could not be kept, or what was kept not read. */
  officialRateNotKept(error: unknown): void
  /** Sets the age of every rate last published, at `now`. */
  measureAges(now: number): void
}

/** Instruments that write to this log and these metrics. */
export function createInstruments(deps: { logger: Logger; metrics: Metrics }): Instruments {
  const { logger, metrics } = deps
  const feeds = createFeedInstruments(deps)
  const official = createOfficialInstruments(deps)
  const refusals = metrics.counter('rate_ticks_refused_total', 'Prices refused, by guard', [
    'exchange',
    'pair',
    'guard',
  ])
  const unsafe = metrics.counter('rates_unsafe_total', 'Rates published as unsafe, by guard', [
    'exchange',
    'asset',
    'guard',
  ])
  const counter = metrics.counter('rates_published_total', 'Rates published', [
    'exchange',
    'asset',
    'state',
  ])
  const ages = metrics.gauge(
    'rate_age_seconds',
    'Since the oldest source of the last published rate was heard',
    ['exchange', 'asset'],
  )
  const widening = metrics.gauge(
    'rate_widening_basis_points',
    'What volatility adds to the spread of the last safe rate',
    ['exchange', 'asset'],
  )
  const latest = new Map<string, PublishedRate>()
  const logRate = createRateLog(logger)
  let isFailing = false
  return {
    ...feeds,
    ...official,
    tickRefused: ({ exchange, pair }, guard) => refusals.inc({ exchange, pair, guard }),
    published: (rate) => {
      if (isFailing) logger.info('the bus takes rates again')
      isFailing = false
      const { exchange, asset, state } = rate
      counter.inc({ exchange, asset, state })
      if (rate.state === 'unsafe') unsafe.inc({ exchange, asset, guard: rate.guard })
      else widening.set({ exchange, asset }, rate.wideningBasisPoints ?? 0)
      latest.set(`${exchange} ${asset}`, rate)
      logRate(rate)
    },
    publishingFailed: (error) => {
      if (!isFailing) logger.error({ err: error }, 'the bus takes no rates')
      isFailing = true
    },
    measureAges: (now) => {
      for (const { exchange, asset, observedAt } of latest.values())
        ages.set({ exchange, asset }, (now - observedAt) / 1_000)
    },
  }
}

function createFeedInstruments({ logger, metrics }: { logger: Logger; metrics: Metrics }) {
  const states = metrics.gauge('rate_feed_state', '1 for the state that a price feed is in', [
    'exchange',
    'state',
  ])
  const flaws = metrics.counter('rate_feed_flaws_total', 'Messages that no document explains', [
    'exchange',
  ])
  const heard = metrics.counter('rate_ticks_total', 'Prices heard, by the way they came', [
    'exchange',
    'via',
  ])
  const told = new Map<string, FeedState>()
  return {
    tickHeard: ({ exchange, via }: BookTop) => heard.inc({ exchange, via: via ?? 'stream' }),
    feedEntered: (exchange: string, state: FeedState, detail: string) => {
      for (const each of FEED_STATES) states.set({ exchange, state: each }, each === state ? 1 : 0)
      // An outage is one line, not one for each attempt to end it.
      if (state === 'connecting' || told.get(exchange) === state) return
      told.set(exchange, state)
      logger[state === 'live' ? 'info' : 'warn']({ exchange, state, detail }, 'price feed')
    },
    feedFlawed: (exchange: string, detail: string) => {
      flaws.inc({ exchange })
      logger.debug({ exchange, detail }, 'price feed message dropped')
    },
  }
}

function createOfficialInstruments({ logger, metrics }: { logger: Logger; metrics: Metrics }) {
  const rounds = metrics.counter(
    'official_rate_rounds_total',
    'Rounds of questions to the National Bank, by their outcome',
    ['outcome'],
  )
  const dollar = metrics.gauge('official_rate_tenge', 'The last official rate of the dollar', [])
  const day = metrics.gauge(
    'official_rate_day_seconds',
    'The day of the last official rate, as the Unix time of its midnight in UTC; 0 when there is none',
    [],
  )
  let told: OfficialOutcome | undefined
  day.set(0)
  return {
    officialRateAsked: (outcome: OfficialOutcome, latest: OfficialRate | undefined) => {
      rounds.inc({ outcome })
      if (latest !== undefined) {
        dollar.set(Number(latest.rate))
        day.set(Date.parse(latest.day) / 1_000)
      }
      if (told === outcome) return
      told = outcome
      if (outcome === 'rate') logger.info({ ...latest }, 'official rate')
      else logger.warn({ outcome, latest }, 'no official rate of today: the last one stands')
    },
    officialRateNotKept: (error: unknown) =>
      logger.warn({ err: error }, 'the official rate is used, and not kept over a restart'),
  }
}

/** Tells when a rate becomes safe or unsafe, or unsafe for another reason; says nothing while it stays so. */
function createRateLog(logger: Logger): (rate: PublishedRate) => void {
  const told = new Map<string, string>()
  return (rate) => {
    const { exchange, asset } = rate
    const key = `${exchange} ${asset}`
    const news = rate.state === 'safe' ? 'safe' : rate.guard
    if (told.get(key) === news) return
    told.set(key, news)
    if (rate.state === 'safe') logger.info({ exchange, asset, bid: rate.bid }, 'rate is safe')
    else logger.warn({ exchange, asset, guard: rate.guard }, 'rate is unsafe')
  }
}
