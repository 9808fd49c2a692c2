import type { ExchangeId } from '@tolem/domain/ids'
import { accept, type Outcome } from '@tolem/domain/outcome'
import type { CryptoAsset } from '@tolem/money/asset'
import type { Rate } from '@tolem/money/rate'
import { presentRate, type RateDeps, type RateRefusal } from './present-rate.ts'

/** At which price tenge become crypto again. */
export type CreditQuote = {
  /** The ask: what the programme buys at. Tenge for one whole coin; neither spread nor fee is taken twice. */
  readonly rate: Rate
  /** When the oldest of its sources was received (ms since the epoch), and how long ago that is. */
  readonly observedAt: number
  readonly ageMs: number
}

/** Prices credits from the mirror's rates; refuses as a purchase's quote does. */
export function createCreditQuotes(
  deps: RateDeps,
): (exchange: ExchangeId, asset: CryptoAsset) => Outcome<CreditQuote, RateRefusal> {
  return (exchange, asset) => {
    const present = presentRate(deps, exchange, asset)
    if (!present.ok) return present
    const { rate, ageMs } = present.value
    return accept({ rate: rate.ask, observedAt: rate.observedAt, ageMs })
  }
}
