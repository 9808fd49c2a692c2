import { Agent, request } from 'undici'
import { z } from 'zod'
import { symbolOf } from '../price-protocol.ts'

/** A book that has said nothing for this long is read by HTTP: well inside the 5 s that a rate may be old. */
const QUIET_MS = 1_500

/** 6 quiet books at weight 2, once a second: 720 of the 6,000 weights that Binance allows a minute. */
const CHECK_EVERY_MS = 1_000

const CALL_MS = 2_000
const LARGEST_ANSWER_BYTES = 16_384

/** After 429 or 418 without `Retry-After`: the first ban is two minutes (Binance, limits). */
const PAUSE_MS = 120_000

const bookTicker = z.object({
  symbol: z.string(),
  bidPrice: z.string().max(64),
  askPrice: z.string().max(64),
})

type Check = {
  readonly restUrl: string
  readonly now: () => number
  /** Which pairs have not been heard since `before` (ms since the epoch). */
  readonly quietPairs: (before: number) => readonly string[]
  /** `askedAt` is when the request left: the price was true then or later. */
  readonly onTop: (pair: string, top: { bid: string; ask: string }, askedAt: number) => void
  readonly onFlaw: (detail: string) => void
}

/** Reads quiet books by HTTP until closed, one call at a time and none while Binance asks us to stay away. */
export function createBookCheck(check: Check): { close(): Promise<void> } {
  const agent = new Agent({ connections: 1, connect: { timeout: CALL_MS } })
  let pausedUntil = 0
  let round = Promise.resolve()
  let isUnderWay = false

  const checkAll = async (pairs: readonly string[]): Promise<void> => {
    isUnderWay = true
    for (const pair of pairs) {
      if (check.now() < pausedUntil) break
      try {
        pausedUntil = await checkOne(check, pair, agent)
      } catch (error) {
        // Without an answer the book simply grows old; the next round asks again.
        check.onFlaw(`book check failed: ${String(error)}`)
      }
    }
    isUnderWay = false
  }
  const timer = setInterval(() => {
    const pairs = check.quietPairs(check.now() - QUIET_MS)
    if (!isUnderWay && pairs.length > 0) round = checkAll(pairs)
  }, CHECK_EVERY_MS)
  return {
    close: async () => {
      clearInterval(timer)
      await agent.destroy()
      await round
    },
  }
}

/** Gives the time until which no further call may be made; 0 when there is none. */
async function checkOne(check: Check, pair: string, agent: Agent): Promise<number> {
  const askedAt = check.now()
  const symbol = symbolOf(pair)
  const url = new URL(`/api/v3/ticker/bookTicker?symbol=${symbol}`, check.restUrl)
  const { statusCode, headers, body } = await request(url, {
    dispatcher: agent,
    headersTimeout: CALL_MS,
    bodyTimeout: CALL_MS,
    signal: AbortSignal.timeout(CALL_MS),
  })
  if (statusCode !== 200) {
    await body.dump({ limit: LARGEST_ANSWER_BYTES })
    check.onFlaw(`book check of ${symbol}: HTTP ${statusCode}`)
    return statusCode === 429 || statusCode === 418 ? askedAt + pauseOf(headers['retry-after']) : 0
  }
  const answer = bookTicker.safeParse(JSON.parse(await readBounded(body)))
  if (!answer.success || answer.data.symbol !== symbol)
    check.onFlaw(`book check of ${symbol}: not its book`)
  else check.onTop(pair, { bid: answer.data.bidPrice, ask: answer.data.askPrice }, askedAt)
  return 0
}

async function readBounded(body: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of body) {
    bytes += part.length
    if (bytes > LARGEST_ANSWER_BYTES) throw new Error('answer too large')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** Milliseconds of a `Retry-After` in seconds, as Binance sends it. */
function pauseOf(retryAfter: string | string[] | undefined): number {
  const seconds = Number(retryAfter)
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : PAUSE_MS
}
