import type { Programme } from '@tolem/programme/schema'

/** How much faster the demo's exchanges take debits than the real ones: Binance's 8.3 a second end any load run. */
export const DEMO_RATE_FACTOR = 100

/** The programme with every exchange host replaced by the sandbox, and with its raised rate limits. */
export function pointToSandbox(programme: Programme, sandboxUrl: string): Programme {
  const webSocket = sandboxUrl.replace(/^http/, 'ws')
  return {
    ...programme,
    exchanges: programme.exchanges.map((exchange) => ({
      ...exchange,
      rails: exchange.rails.map((rail) => ({ ...rail, host: sandboxUrl })),
      limits: {
        concurrentCalls: Math.max(exchange.limits.concurrentCalls, 256),
        debitsPerSecond: exchange.limits.debitsPerSecond * DEMO_RATE_FACTOR,
        lookUpsPerSecond: exchange.limits.lookUpsPerSecond * DEMO_RATE_FACTOR,
      },
      feed: {
        ...exchange.feed,
        webSocket: `${webSocket}${new URL(exchange.feed.webSocket).pathname.replace(/\/$/, '')}`,
      },
    })),
  }
}
