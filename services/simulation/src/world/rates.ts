import type { ExchangeId } from '@tolem/domain/ids'
import type { Rate } from '@tolem/money/rate'
import { type PublishedRate, RATES_CHANNEL, rateKey } from '@tolem/quotes/published-rate'
import type { Bus } from '@tolem/redis/bus'
import type { Machine } from '../machine/machine.ts'
import type { Scheduler } from '../machine/scheduler.ts'

const BIDS = { USDT: '500', BTC: '50000000' } as const
const EXCHANGES = ['bybit', 'binance'] as const

/** A bus as one process finds it: what is published reaches it later, and not at all when it is dead. */
export function createSimulatedBus(bus: Bus, machine: Machine): Bus {
  return {
    ...bus,
    subscribe: (channel, onMessage, onGap) =>
      bus.subscribe(
        channel,
        (message) => machine.reach(machine.random.between(0.1, 5), () => onMessage(message)),
        onGap,
      ),
  }
}

/** Publishes a rate of each asset at each exchange now, as `rates` does. */
export async function publishRates(bus: Bus, scheduler: Scheduler): Promise<void> {
  for (const name of EXCHANGES)
    for (const asset of ['USDT', 'BTC'] as const) {
      const exchange = name as ExchangeId
      const bid = BIDS[asset] as Rate
      const observedAt = Math.floor(scheduler.now())
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
