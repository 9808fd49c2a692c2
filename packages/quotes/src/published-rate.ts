import type { CryptoAsset } from '@tolem/money/asset'
import { parseRate } from '@tolem/money/rate'
import { z } from 'zod'

/** The bus channel on which every published rate travels, and the prefix of the key that keeps the latest of each. */
export const RATES_CHANNEL = 'rates'
export const RATE_KEY_PREFIX = 'rate'

/** The bus key that keeps the latest rate of one asset at one exchange. */
export function rateKey(exchange: string, asset: CryptoAsset): string {
  return `${RATE_KEY_PREFIX}:${exchange}:${asset}`
}

const rate = z.string().transform((text, context) => {
  const parsed = parseRate(text)
  if (parsed === undefined) context.addIssue({ code: 'custom', message: 'not a rate' })
  return parsed ?? z.NEVER
})

const source = z.strictObject({
  exchange: z.string(),
  pair: z.string(),
  bid: rate,
  ask: rate,
  observedAt: z.number().int(),
})

/**
 * What `rates` publishes for one asset at one exchange, and what the authorizer's mirror believes: tenge for one whole
 * coin. `unsafe` says that a guard refuses the price (and which), so that the authorizer declines with the right reason
 * instead of waiting for the last good price to grow old.
 */
export const publishedRate = z.discriminatedUnion('state', [
  z.strictObject({
    state: z.literal('safe'),
    exchange: z.string(),
    asset: z.enum(['USDT', 'USDC', 'BTC', 'ETH', 'SOL', 'TON']),
    bid: rate,
    ask: rate,
    /** When the oldest of its sources was received, milliseconds since the epoch. */
    observedAt: z.number().int(),
    /** How many basis points measured volatility adds to every bank's spread. */
    wideningBasisPoints: z.number().int().min(0).max(9_999).optional(),
    sources: z.array(source).min(1).readonly(),
  }),
  z.strictObject({
    state: z.literal('unsafe'),
    exchange: z.string(),
    asset: z.enum(['USDT', 'USDC', 'BTC', 'ETH', 'SOL', 'TON']),
    /** The guard that refused, in words for operators. */
    guard: z.string(),
    /**
     * When the oldest of its sources was last heard, refused prices included: on the same scale as a safe rate's, so
     * that whichever comes later replaces the other.
     */
    observedAt: z.number().int(),
  }),
])

export type PublishedRate = z.output<typeof publishedRate>
