import type { Rate } from '@tolem/money/rate'

/** Prices are compared over this long: shorter returns measure how a book flickers, not how its price moves. */
const SAMPLE_MS = 1_000

/** How much one price moves. */
export type Volatility = {
  /**
   * Takes the price in, and tells the volatility over the window that ends now, in basis points (a fraction is kept).
   * It is the square root of the realised variance: of the sum of squared logarithmic returns, sampled once a second
   * and up to this very price (Andersen, Bollerslev, Diebold and Labys, "Modeling and Forecasting Realized Volatility",
   * Econometrica 71 (2003) 579–625). So one basis point is one standard deviation of what the price does in a window.
   */
  measure(mid: Rate, now: number): number
}

/** Knows nothing at first, nor after a gap longer than the window: a price without a past counts as calm. */
export function createVolatility(windowMs: number): Volatility {
  let last: { readonly at: number; readonly log: number } | undefined
  let returns: { readonly at: number; readonly squared: number }[] = []
  return {
    measure: (mid, now) => {
      const log = Math.log(Number(mid))
      // Of the time between nothing is known: a move over more than a window is no move within one.
      if (last === undefined || now - last.at > windowMs) {
        last = { at: now, log }
        returns = []
        return 0
      }
      const squared = (log - last.log) ** 2
      // What happened after now happened before a clock was set back: it would never leave the window.
      returns = returns.filter(({ at }) => at > now - windowMs && at <= now)
      const past = returns.reduce((sum, each) => sum + each.squared, 0)
      const sinceMs = now - last.at
      if (sinceMs >= SAMPLE_MS || sinceMs < 0) {
        returns.push({ at: now, squared })
        last = { at: now, log }
      }
      return Math.sqrt(past + squared) * 10_000
    },
  }
}
