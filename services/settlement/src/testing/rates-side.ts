import type { ExchangeId } from '@tolem/domain/ids'
import type { Rate } from '@tolem/money/rate'
import { type PublishedRate, RATES_CHANNEL, rateKey } from '@tolem/quotes/published-rate'
import type { Bus } from '@tolem/redis/bus'

const BIDS = { USDT: '500', BTC: '50000000' } as const

/** Publishes a rate of each asset at each exchange, as `rates` does: 500 tenge for a dollar, 50 million for a coin. */
export async function publishRates(bus: Bus, exchanges: readonly ExchangeId[]): Promise<void> {
  for (const exchange of exchanges)
    for (const asset of ['USDT', 'BTC'] as const) {
      const bid = BIDS[asset] as Rate
      const observedAt = Date.now()
      const source = { exchange, pair: `${asset}/KZT`, bid, ask: bid, observedAt }
      const rate: PublishedRate = {
        state: 'safe',
        exchange,
        asset,
        bid,
        ask: bid,
        observedAt,
        sources: [source],
      }
      const message = JSON.stringify(rate)
      await bus.put(rateKey(exchange, asset), message, 600_000)
      await bus.publish(RATES_CHANNEL, message)
    }
}
