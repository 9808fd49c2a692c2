import type { RateListing } from '@tolem/quotes/quotes'
import type { RatesAnswer } from '@tolem/wire/inquiry'
import type { WireAnswer } from '@tolem/wire/problem'
import { json } from '../route.ts'

/** What the listing of rates is joined with. */
export type RatesPorts = {
  listRates(): readonly RateListing[]
  readonly maximumAgeMs: number
}

/** `GET /v1/rates`: what a quote would be made from now. */
export function getRates(ports: RatesPorts): WireAnswer {
  const answer: RatesAnswer = {
    maximumAgeMs: ports.maximumAgeMs,
    rates: ports.listRates().map((rate) => ({
      exchange: rate.exchange,
      pair: `${rate.asset}/KZT`,
      state: rate.state,
      ...(rate.state !== 'unsafe' && { bid: rate.bid, ask: rate.ask }),
      observedAt: new Date(rate.observedAt).toISOString(),
      ageMs: rate.ageMs,
    })),
  }
  return json(JSON.stringify(answer))
}
