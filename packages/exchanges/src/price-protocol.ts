/** One text as read by an exchange's protocol. */
export type StreamEvent =
  | { readonly kind: 'top'; readonly symbol: string; readonly bid: string; readonly ask: string }
  /** Acknowledgements and answers to heartbeats: they prove a connection, not a price. */
  | { readonly kind: 'ignored' }
  /** The server is about to close this connection. */
  | { readonly kind: 'leaving' }
  | { readonly kind: 'flaw'; readonly detail: string }

/** What differs between exchanges. Symbols are pairs without the slash: `BTCUSDT`. */
export type PriceProtocol = {
  urlOf(url: string, symbols: readonly string[]): string
  /** What to send to be told of these symbols; empty where the URL says it. */
  subscriptions(symbols: readonly string[]): readonly string[]
  readonly heartbeat?: { readonly text: string; readonly everyMs: number }
  /** Does each book come again when it has not changed? Then one silent book is asked for anew. */
  readonly repeatsWhenIdle: boolean
  /** @param message any JSON value */
  read(message: unknown): StreamEvent
}

/** How exchanges write a pair: `BTC/USDT` is `BTCUSDT`. */
export function symbolOf(pair: string): string {
  return pair.replace('/', '')
}
