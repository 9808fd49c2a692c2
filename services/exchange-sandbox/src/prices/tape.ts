import { z } from 'zod'
import type { Clock } from '../clock.ts'
import type { Exchange } from '../coins.ts'
import type { Market, Top } from './market.ts'

const decimal = z.string().regex(/^-?\d{1,12}(\.\d{1,12})?$/)

/**
 * One line of a tape: a book as it was shown `at` milliseconds after the tape began. Prices are texts and need make no
 * sense: a glitch is a line like any other.
 */
const frame = z.strictObject({
  at: z.int().min(0),
  exchange: z.enum(['binance', 'bybit', 'partner']),
  symbol: z.string(),
  bid: z.union([decimal, z.literal(''), z.literal('NaN')]),
  ask: z.union([decimal, z.literal(''), z.literal('NaN')]),
  /** What was planted here by hand, for people who read the tape. */
  glitch: z.string().max(64).optional(),
})
export type Frame = z.output<typeof frame>

/** The frames of a tape in NDJSON, in the order of their time. @throws {Error} naming the first line that is none. */
export function readTape(text: string): readonly Frame[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  let last = 0
  return lines.map((line, index) => {
    const read = frame.safeParse(parse(line))
    if (!read.success) throw new Error(`line ${index + 1} of the tape is no frame`)
    if (read.data.at < last) throw new Error(`line ${index + 1} of the tape goes back in time`)
    last = read.data.at
    return read.data
  })
}

/** Plays tapes into a market, one at a time. */
export type TapePlayer = {
  /** Shows each frame at its moment; `speed` 2 plays twice as fast. Ends a tape that is being played. */
  play(frames: readonly Frame[], speed: number): void
  /** Lets all books walk again. */
  stop(): void
  /** How many frames are left to show; 0 when nothing is played. */
  left(): number
}

/** A player that shows frames by pinning books. After the last frame they stay as they are until {@link stop}. */
export function createTapePlayer(market: Market, clock: Clock): TapePlayer {
  let frames: readonly Frame[] = []
  let shown = 0
  let callOff = () => {}

  const showNext = (startedAt: number, speed: number) => {
    for (let next = frames[shown]; next !== undefined; next = frames[shown]) {
      const waitMs = startedAt + next.at / speed - clock.now()
      if (waitMs > 0) {
        callOff = clock.after(waitMs, () => showNext(startedAt, speed))
        return
      }
      market.pin(next.exchange, next.symbol, { bid: next.bid, ask: next.ask })
      shown += 1
    }
  }
  const stop = () => {
    callOff()
    for (const { exchange, symbol } of frames) market.unpin(exchange, symbol)
    frames = []
    shown = 0
  }

  return {
    play(given, speed) {
      stop()
      frames = given
      showNext(clock.now(), speed)
    },
    stop,
    left: () => frames.length - shown,
  }
}

/** Writes down what a market shows from now on, in the form of a tape. */
export function recordTape(
  market: Market,
  clock: Clock,
): { readonly frames: () => readonly Frame[]; stop(): void } {
  const startedAt = clock.now()
  const frames: Frame[] = []
  const write = (exchange: Exchange, { symbol: { symbol }, bid, ask }: Top) =>
    frames.push({ at: clock.now() - startedAt, exchange, symbol, bid, ask })
  for (const exchange of ['binance', 'bybit', 'partner'] as const)
    for (const top of market.tops(exchange)) write(exchange, top)
  const stop = market.onChange(write)
  return {
    frames: () => frames,
    stop,
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    // Not JSON is no frame, and told as such by the caller.
    return undefined
  }
}
