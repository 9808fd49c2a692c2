import type { Outcome } from '@tolem/domain/outcome'

/** Our wall clock corrected to an exchange's, by whose time it judges our requests. */
export type ExchangeClock = {
  /** Milliseconds since the epoch, as the exchange counts them. */
  now(): number
  /** By how much the exchange is ahead of us, in milliseconds; 0 until it was asked, and ten seconds at the most. */
  offsetMs(): number
  /** Asks the exchange once; one question at a time, whoever asks. True when it told. */
  synchronize(): Promise<boolean>
}

/**
 * An answer that took longer says too little: its stamp could be from any moment of it. A quarter of the second that
 * the strictest exchange allows (Binance Pay, api-common) still leaves three for the way.
 */
const LONGEST_ROUND_TRIP_MS = 500

/**
 * What an exchange may be ahead of us or behind. Clocks that are kept by NTP differ by far less; one that says more is
 * broken, or ours is. Requests bear the exchange's time, and settlement counts from ours until when one can be
 * executed: an answer that is wrong by so much lets a request live so much longer, and the shortest time after which
 * the pilot believes "not found" (16 s) has room for that. A difference that is real and larger has every request
 * refused.
 */
const LARGEST_OFFSET_MS = 10_000

/** A clock that is exact to half a round trip. `readServerTime` gives the exchange's milliseconds since the epoch. */
export function createExchangeClock(deps: {
  readonly readServerTime: () => Promise<Outcome<number, 'unavailable'>>
  readonly now: () => number
}): ExchangeClock {
  const { readServerTime, now } = deps
  let offsetMs = 0
  let asking: Promise<boolean> | undefined

  const ask = async () => {
    const askedAt = now()
    const told = await readServerTime()
    const roundTripMs = now() - askedAt
    if (!told.ok || roundTripMs < 0 || roundTripMs > LONGEST_ROUND_TRIP_MS) return told.ok
    const toldOffsetMs = Math.round(told.value - (askedAt + roundTripMs / 2))
    if (Math.abs(toldOffsetMs) <= LARGEST_OFFSET_MS) offsetMs = toldOffsetMs
    return true
  }

  return {
    now: () => now() + offsetMs,
    offsetMs: () => offsetMs,
    synchronize: () => {
      asking ??= ask().finally(() => {
        asking = undefined
      })
      return asking
    },
  }
}
