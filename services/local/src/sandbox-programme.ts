import { isMandateRail } from '@tolem/domain/card'
import type { Programme } from '@tolem/programme/schema'

/** How much faster the demo's exchanges take debits than the real ones: Binance's 8.3 a second end any load run. */
export const DEMO_RATE_FACTOR = 100

/** Where the public key is found that the sandbox signs Bybit Pay's notices by. */
export const NOTICE_KEY = 'SANDBOX_BYBIT_NOTICE_KEY'

/** By which the sandbox says that it knows no such order: what Binance Pay says it tells its partners alone. */
const SANDBOX_CODES = { orderNotFound: ['400202'], refundNotFound: ['400202'] }

/**
 * The programme with the sandbox in the place of every exchange and the National Bank, its raised rate limits, and its
 * notices sent to us.
 */
export function pointToSandbox(
  programme: Programme,
  { sandboxUrl, noticesUrl }: { readonly sandboxUrl: string; readonly noticesUrl: string },
): Programme {
  const webSocket = sandboxUrl.replace(/^http/, 'ws')
  const officialAt = (written: string) => `${sandboxUrl}${new URL(written).pathname}`
  const { officialRate } = programme.ratePolicy
  return {
    ...programme,
    ratePolicy: {
      ...programme.ratePolicy,
      ...(officialRate && { officialRate: { ...officialRate, url: officialAt(officialRate.url) } }),
    },
    exchanges: programme.exchanges.map((exchange) => ({
      ...exchange,
      rails: exchange.rails.map((rail) => ({
        ...rail,
        host: sandboxUrl,
        ...(isMandateRail(rail.rail) && {
          noticeUrl: `${noticesUrl}/notices/${exchange.id}/${rail.rail}`,
        }),
        ...(rail.rail === 'bybit-pay' && { noticeKey: `env:${NOTICE_KEY}` }),
        ...(rail.rail === 'binance-pay' && { unpublishedCodes: SANDBOX_CODES }),
        ...(rail.limits && { limits: raise(rail.limits) }),
      })),
      ...(exchange.conversion && { conversion: { ...exchange.conversion, host: sandboxUrl } }),
      limits: raise(exchange.limits),
      feed: {
        ...exchange.feed,
        ...(exchange.feed.rest !== undefined && { rest: sandboxUrl }),
        ...(exchange.feed.webSocket !== undefined && {
          webSocket: `${webSocket}${new URL(exchange.feed.webSocket).pathname.replace(/\/$/, '')}`,
        }),
      },
    })),
  }
}

function raise({ concurrentCalls, debitsPerSecond, lookUpsPerSecond }: Limits): Limits {
  return {
    concurrentCalls: Math.max(concurrentCalls, 256),
    debitsPerSecond: debitsPerSecond * DEMO_RATE_FACTOR,
    lookUpsPerSecond: lookUpsPerSecond * DEMO_RATE_FACTOR,
    // Of Binance's weights the sandbox raises the account's alone.
    weightsPerMinute: { account: 180_000 * DEMO_RATE_FACTOR, address: 12_000, market: 6_000 },
  }
}

type Limits = Programme['exchanges'][number]['limits']
