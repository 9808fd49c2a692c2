import type { Redis } from 'ioredis'
import { connectTo } from './connection.ts'
import { RedisFault, redisFault } from './fault.ts'
import { createSubscriptions, type Hearing, type Subscription } from './subscriptions.ts'

/**
 * A cache and a bus, never the truth: what is put here may be gone at any moment, and a message may never arrive. All
 * promises settle within the command timeout and reject with `RedisFault` only.
 */
export type Bus = {
  /** Hands the message to whoever is subscribed at this moment. */
  readonly publish: (channel: string, message: string) => Promise<void>
  /**
   * Messages arrive in the order of each publisher, never before the call has returned. While Redis is away this
   * resolves as well; `onGap` is called each time the subscription begins anew, because messages may have been missed.
   */
  readonly subscribe: (
    channel: string,
    onMessage: (message: string) => void,
    onGap: () => void,
  ) => Promise<Subscription>
  /** Keeps the value for `ttlMs`, a positive whole number, and no longer. */
  readonly put: (key: string, value: string, ttlMs: number) => Promise<void>
  readonly get: (key: string) => Promise<string | undefined>
  /**
   * Puts entries at the end of a stream in their order, all of them or, where it rejects and was not answered, perhaps
   * none. Of a longer stream than `mostKept` entries the oldest are forgotten; how many exactly is up to Redis.
   */
  readonly append: (stream: string, entries: readonly string[], mostKept: number) => Promise<void>
  /** What is in a stream behind `after`, at most so many; from the beginning where that is absent. */
  readonly read: (
    stream: string,
    after: string | undefined,
    most: number,
  ) => Promise<readonly StreamEntry[]>
  /** Would a command be answered at this moment, and a message be heard? */
  readonly isConnected: () => boolean
  /** Ends all connections at once. Everything asked afterwards rejects. */
  readonly close: () => Promise<void>
}

/** An entry of a stream; `place` is what reading goes on behind. */
export type StreamEntry = { readonly place: string; readonly entry: string }

/** How to reach Redis, and how long it may take to answer. */
export type RedisBusOptions = {
  readonly url: string
  /** Stands before each key and each channel. */
  readonly keyPrefix: string
  readonly commandTimeoutMs: number
  /** Told of lost connections, for the log; they come back by themselves. */
  readonly onFault: (fault: RedisFault) => void
}

/** The bus on Redis: one connection to ask, one to listen. Starts to connect, and does not wait for it. */
export function createRedisBus(options: RedisBusOptions): Bus {
  const { keyPrefix } = options
  const asking = connectTo(options)
  const listening = connectTo(options)
  const subscriptions = createSubscriptions(listening.client)
  let open = true

  return {
    publish: async (channel, message) => {
      await ask(`publish ${channel}`, asking.client.publish(keyPrefix + channel, message))
    },
    subscribe: async (channel, onMessage, onGap) => {
      if (!open) throw busIsClosed()
      return subscriptions.add(keyPrefix + channel, { onMessage, onGap })
    },
    put: async (key, value, ttlMs) => {
      await ask(`put ${key}`, asking.client.set(keyPrefix + key, value, 'PX', ttlMs))
    },
    get: async (key) => (await ask(`get ${key}`, asking.client.get(keyPrefix + key))) ?? undefined,
    append: async (stream, entries, mostKept) => {
      await appendTo(asking.client, { stream: keyPrefix + stream, entries, mostKept })
    },
    read: async (stream, after, most) => {
      const from = after === undefined ? '-' : `(${after}`
      const range = asking.client.xrange(keyPrefix + stream, from, '+', 'COUNT', most)
      return (await ask(`read ${stream}`, range)).map(([place, [, entry = '']]) => ({
        place,
        entry,
      }))
    },
    isConnected: () => open && asking.isReady() && subscriptions.isCurrent(),
    close: async () => {
      open = false
      asking.close()
      listening.close()
      await Promise.resolve()
    },
  }
}

/** One transaction: an entry is never there without those before it. */
async function appendTo(
  client: Redis,
  to: {
    readonly stream: string
    readonly entries: readonly string[]
    readonly mostKept: number
  },
): Promise<void> {
  if (to.entries.length === 0) return
  const adding = client.multi()
  for (const entry of to.entries)
    adding.xadd(to.stream, 'MAXLEN', '~', to.mostKept, '*', 'event', entry)
  const replies = (await ask(`append ${to.stream}`, adding.exec())) ?? []
  const failed = replies.find(([error]) => error !== null)
  if (failed) throw redisFault(`append ${to.stream}`, failed[0])
}

async function ask<Reply>(what: string, reply: Promise<Reply>): Promise<Reply> {
  try {
    return await reply
  } catch (error) {
    throw redisFault(what, error)
  }
}

function busIsClosed(): RedisFault {
  return new RedisFault('bus is closed', 'unavailable')
}

// Values that nobody asks for again are swept out after this many puts, which bounds what expired ones hold.
const PUTS_PER_SWEEP = 1_000

type Kept = { readonly value: string; readonly untilMs: number }

/** The bus inside one process, for machines without Redis. `now` tells the time in milliseconds. */
export function createLocalBus(clock: { readonly now: () => number } = Date): Bus {
  const hearingsByChannel = new Map<string, Set<Hearing>>()
  const keptByKey = new Map<string, Kept>()
  const streams = new Map<string, StreamEntry[]>()
  let puts = 0
  let appended = 0
  let open = true

  function hand(channel: string, message: string): void {
    for (const hearing of hearingsByChannel.get(channel) ?? []) hearing.onMessage(message)
  }

  function sweep(): void {
    for (const [key, { untilMs }] of keptByKey) if (untilMs <= clock.now()) keptByKey.delete(key)
  }

  function assertOpen(): void {
    if (!open) throw busIsClosed()
  }

  return {
    publish: async (channel, message) => {
      assertOpen()
      setImmediate(hand, channel, message)
      await Promise.resolve()
    },
    subscribe: async (channel, onMessage, onGap) => {
      assertOpen()
      const hearing = { onMessage, onGap }
      const hearings = hearingsByChannel.get(channel) ?? new Set()
      hearingsByChannel.set(channel, hearings.add(hearing))
      return { close: async () => void (await Promise.resolve(hearings.delete(hearing))) }
    },
    put: async (key, value, ttlMs) => {
      assertOpen()
      keptByKey.set(key, { value, untilMs: clock.now() + ttlMs })
      puts += 1
      if (puts % PUTS_PER_SWEEP === 0) sweep()
      await Promise.resolve()
    },
    get: async (key) => {
      assertOpen()
      const kept = keptByKey.get(key)
      return kept !== undefined && clock.now() < kept.untilMs ? kept.value : undefined
    },
    append: async (stream, entries, mostKept) => {
      assertOpen()
      const added = entries.map((entry) => ({ place: `${(appended += 1)}`, entry }))
      const kept = (streams.get(stream) ?? []).concat(added)
      streams.set(stream, kept.slice(-mostKept))
      await Promise.resolve()
    },
    read: async (stream, after, most) => {
      assertOpen()
      const behind = Number(after ?? 0)
      const found = (streams.get(stream) ?? []).filter(({ place }) => Number(place) > behind)
      await Promise.resolve()
      return found.slice(0, most)
    },
    isConnected: () => open,
    close: async () => {
      open = false
      hearingsByChannel.clear()
      streams.clear()
      await Promise.resolve()
    },
  }
}
