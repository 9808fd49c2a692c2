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
  /** Would a command be answered at this moment, and a message be heard? */
  readonly isConnected: () => boolean
  /** Ends all connections at once. Everything asked afterwards rejects. */
  readonly close: () => Promise<void>
}

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
    isConnected: () => open && asking.isReady() && subscriptions.isCurrent(),
    close: async () => {
      open = false
      asking.close()
      listening.close()
      await Promise.resolve()
    },
  }
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
  let puts = 0
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
    isConnected: () => open,
    close: async () => {
      open = false
      hearingsByChannel.clear()
      await Promise.resolve()
    },
  }
}
