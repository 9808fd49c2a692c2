import type { Redis } from 'ioredis'

/** Ends one hearing of a channel; others of the same channel go on. */
export type Subscription = { readonly close: () => Promise<void> }

/** Who hears a channel. `onGap` says that messages may have been missed. */
export type Hearing = {
  readonly onMessage: (message: string) => void
  readonly onGap: () => void
}

type Subscriptions = {
  readonly add: (channel: string, hearing: Hearing) => Promise<Subscription>
  /** Is every channel heard at this moment? */
  readonly isCurrent: () => boolean
}

/** Keeps the channels of one connection subscribed, however often the connection is lost. */
export function createSubscriptions(client: Redis): Subscriptions {
  const hearingsByChannel = new Map<string, Set<Hearing>>()
  let current = false

  client.on('message', (channel, message) => {
    for (const hearing of hearingsByChannel.get(channel) ?? []) hearing.onMessage(message)
  })
  client.on('close', () => {
    current = false
  })
  client.on('ready', () => void resume())

  async function resume(): Promise<void> {
    if (!(await hear([...hearingsByChannel.keys()]))) return
    current = true
    for (const hearing of [...hearingsByChannel.values()].flatMap((set) => [...set]))
      hearing.onGap()
  }

  /** False when it is left to the next connection. */
  async function hear(channels: readonly string[]): Promise<boolean> {
    try {
      if (channels.length > 0) await client.subscribe(...channels)
      return true
    } catch {
      // Nobody knows what is subscribed now, but a new connection starts clean.
      if (client.status === 'ready') client.disconnect(true)
      return false
    }
  }

  async function add(channel: string, hearing: Hearing): Promise<Subscription> {
    const hearings = hearingsByChannel.get(channel) ?? new Set()
    hearingsByChannel.set(channel, hearings.add(hearing))
    if (client.status === 'ready') await hear([channel])
    return { close: () => remove(channel, hearing) }
  }

  async function remove(channel: string, hearing: Hearing): Promise<void> {
    const hearings = hearingsByChannel.get(channel)
    hearings?.delete(hearing)
    if (hearings?.size !== 0) return
    hearingsByChannel.delete(channel)
    try {
      await client.unsubscribe(channel)
    } catch {
      // Nobody is left to hear what may still arrive, and a new connection does not ask for it.
    }
  }

  return { add, isCurrent: () => current }
}
