import type { ConversionMarket } from '@tolem/domain/conversion'
import type { ConversionPort } from '@tolem/exchanges/conversion-port'

// Exchanges change a market's step or minimum a few times a year, and announce it.
const FRESH_MS = 5 * 60_000

// Rules that could not be read anew for as long are not gone by any more.
const LONGEST_MS = 60 * 60_000

/** The rules of an exchange's markets, read live and remembered for some minutes. */
export type Markets = {
  /** Nothing while they could not be read for too long. */
  readonly present: () => Promise<readonly ConversionMarket[] | undefined>
  /** The exchange does not agree with them: they are read anew the next time. */
  readonly doubt: () => void
}

export function createMarkets(deps: {
  readonly port: Pick<ConversionPort, 'markets'>
  /** Milliseconds that only ever grow. */
  readonly elapsed: () => number
  readonly timeoutMs: number
}): Markets {
  let known: { readonly markets: readonly ConversionMarket[]; readonly at: number } | undefined
  let isDoubted = true

  return {
    async present() {
      const now = deps.elapsed()
      if (known && !isDoubted && now - known.at < FRESH_MS) return known.markets
      const read = await deps.port.markets({ timeoutMs: deps.timeoutMs })
      if (read.ok) {
        known = { markets: read.value, at: now }
        isDoubted = false
      }
      return known && now - known.at < LONGEST_MS ? known.markets : undefined
    },
    doubt: () => {
      isDoubted = true
    },
  }
}
