import type { ExchangeId } from '@tolem/domain/ids'

/**
 * The best bid and ask of one order book, as texts exactly as they came, stamped on receipt (ms since the epoch). An
 * empty side of the book is the empty text: the reader's guards must judge every text, this one included.
 */
export type BookTop = {
  readonly exchange: ExchangeId
  /** Base and quote asset joined by a slash: `BTC/USDT`. */
  readonly pair: string
  readonly bid: string
  readonly ask: string
  readonly receivedAt: number
  /** How it came; absent: over the stream. */
  readonly via?: 'rest'
}

/** What a follower reports besides prices. `stale` is a socket that is up but has said nothing for too long. */
export type FeedState = 'connecting' | 'live' | 'stale' | 'down'

/** Follows an exchange's order books until closed, reconnecting by itself with capped backoff. */
export type PriceFeed = { readonly exchange: ExchangeId; close(): Promise<void> }

/** What a follower needs and whom it tells. */
export type PriceFeedOptions = {
  readonly exchange: ExchangeId
  /** `wss://…`, or `ws://` for loopback only. */
  readonly url: string
  /** Where the same books are read by HTTP while the stream says nothing of them. Absent: nowhere. */
  readonly restUrl?: string
  /** Until when the exchange has banned us, 0 when it has not: no HTTP meanwhile. Absent: nobody tells. */
  readonly bannedUntil?: () => number
  /** Pairs as `BTC/USDT`. */
  readonly pairs: readonly string[]
  /** The exchange's own silence rule, in milliseconds: a feed that repeats when idle is dead when silent. */
  readonly silenceMs: number
  readonly now: () => number
  /** From [0, 1): spreads the reconnections of many followers. */
  readonly random: () => number
  readonly onTop: (top: BookTop) => void
  readonly onState: (state: FeedState, detail: string) => void
  /** Something came that the exchange's documents do not say: it is dropped, never guessed at. */
  readonly onFlaw: (detail: string) => void
}
