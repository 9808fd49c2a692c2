import type { ExchangeId } from '@tolem/domain/ids'
import type { Bus } from '@tolem/redis/bus'
import { z } from 'zod'
import { createTerm } from './http/term.ts'

/**
 * Until when which exchange wants no call. An exchange bans an address, not a process: every process behind it must
 * keep away, so bans travel on the bus, and are kept there for those that start during one. Without a bus each process
 * learns of a ban by one call of its own.
 */
export type BanBoard = {
  /** Milliseconds since the epoch; 0 when there is no ban. */
  until(exchange: ExchangeId): number
  /** Notes a ban and tells the others. A shorter one never cuts a longer one. */
  ban(exchange: ExchangeId, until: number): void
  /** Learns of bans that stand already and listens to the others'. Never rejects: without a bus it goes alone. */
  start(): Promise<void>
  close(): Promise<void>
}

const CHANNEL = 'exchange_bans'

/** The longest ban that any exchange publishes is three days (Binance Spot API, IP Limits): more is not believed. */
const LONGEST_BAN_MS = 3 * 24 * 60 * 60 * 1_000

const message = z.strictObject({ exchange: z.string().max(32), until: z.number().int() })

/** An empty board for these exchanges; bans of any other are not kept. `now` is the wall clock. */
export function createBanBoard(deps: {
  readonly exchanges: readonly ExchangeId[]
  readonly now: () => number
  readonly bus?: Pick<Bus, 'publish' | 'subscribe' | 'put' | 'get'>
  /** Told when the bus could not be used. */
  readonly onFault: (error: unknown) => void
}): BanBoard {
  const { exchanges, now, bus, onFault } = deps
  const terms = new Map(exchanges.map((exchange) => [exchange, createTerm(now)]))
  let starting: Promise<void> | undefined
  let subscription: { close(): Promise<void> } | undefined

  const untilOf = (exchange: ExchangeId) => terms.get(exchange)?.until() ?? 0
  const keep = (exchange: ExchangeId, until: number) =>
    terms.get(exchange)?.extend(Math.min(until - now(), LONGEST_BAN_MS))

  const hear = (text: string) => {
    const told = readMessage(text)
    const exchange = exchanges.find((one) => one === told?.exchange)
    if (told === undefined || exchange === undefined) return onFault(new Error('not a ban'))
    keep(exchange, told.until)
  }

  const tell = async (exchange: ExchangeId, until: number) => {
    const text = JSON.stringify({ exchange, until })
    const ttlMs = Math.min(LONGEST_BAN_MS, Math.ceil(until - now()))
    await bus?.put(keyOf(exchange), text, ttlMs)
    await bus?.publish(CHANNEL, text)
  }

  const load = async () => {
    for (const exchange of exchanges) {
      const text = await bus?.get(keyOf(exchange))
      if (text !== undefined) hear(text)
    }
  }

  const join = async () => {
    try {
      subscription = await bus?.subscribe(CHANNEL, hear, () => void load().catch(onFault))
      await load()
    } catch (error) {
      onFault(error)
    }
  }

  return {
    until: untilOf,
    ban: (exchange, until) => {
      if (until <= untilOf(exchange) || until <= now()) return
      keep(exchange, until)
      tell(exchange, until).catch(onFault)
    },
    start: () => {
      starting ??= join()
      return starting
    },
    close: async () => {
      await starting
      await subscription?.close()
    },
  }
}

function keyOf(exchange: ExchangeId): string {
  return `ban:${exchange}`
}

function readMessage(text: string): z.output<typeof message> | undefined {
  try {
    return message.safeParse(JSON.parse(text)).data
  } catch {
    // Not JSON is no ban, and told as such by the caller.
    return undefined
  }
}
