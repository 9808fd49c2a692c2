import { z } from 'zod'
import type { PriceProtocol, StreamEvent } from '../price-protocol.ts'
import { createPriceStream } from '../price-stream.ts'
import type { PriceFeed, PriceFeedOptions } from '../prices.ts'

/**
 * Bybit's public spot stream: `orderbook.1.SYMBOL`, because spot tickers carry no bid and ask. Level 1 sends snapshots
 * only, on each change and again after 3 s without one, with the same `u`: so a book that is silent for longer is dead,
 * and a repeat is as good a sign of life as a change.
 */
export function createBybitPriceFeed(options: PriceFeedOptions): PriceFeed {
  return createPriceStream(PROTOCOL, options)
}

const TOPIC = 'orderbook.1.'

const level = z.tuple([z.string().max(64), z.string()])

const snapshot = z.object({
  topic: z.string().startsWith(TOPIC),
  type: z.literal('snapshot'),
  data: z.object({ s: z.string(), b: z.array(level).max(1), a: z.array(level).max(1) }),
})

/** The answer to `subscribe` and `ping`. */
const answer = z.object({ success: z.boolean(), ret_msg: z.string().optional(), op: z.string() })

const PROTOCOL: PriceProtocol = {
  urlOf: (url) => url,
  // One request for each book: a list with one unknown symbol would be refused whole.
  subscriptions: (symbols) =>
    symbols.map((symbol) => JSON.stringify({ op: 'subscribe', args: [TOPIC + symbol] })),
  heartbeat: { text: JSON.stringify({ op: 'ping' }), everyMs: 20_000 },
  repeatsWhenIdle: true,
  read,
}

function read(message: unknown): StreamEvent {
  const book = snapshot.safeParse(message)
  if (book.success) return readBook(book.data)
  const said = answer.safeParse(message)
  if (!said.success) return { kind: 'flaw', detail: 'not a message of this stream' }
  if (said.data.success) return { kind: 'ignored' }
  const detail = `${said.data.op} refused: ${said.data.ret_msg ?? ''}`.slice(0, 200)
  return { kind: 'flaw', detail }
}

function readBook({ topic, data }: z.output<typeof snapshot>): StreamEvent {
  if (topic !== TOPIC + data.s) return { kind: 'flaw', detail: 'topic and symbol differ' }
  return { kind: 'top', symbol: data.s, bid: data.b[0]?.[0] ?? '', ask: data.a[0]?.[0] ?? '' }
}
