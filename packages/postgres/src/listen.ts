import { Client } from 'pg'
import { connectionLost, connectionRefused, type PostgresFault } from './fault.ts'
import { ask, destroy, replyTimeoutMs, type SessionOptions, sessionConfig } from './session.ts'

/** Hears one channel until closed. */
export type Listener = { readonly close: () => Promise<void> }

type Hearing = {
  readonly onNotice: (payload: string) => void
  readonly onGap: () => void
}

const CONNECT_TIMEOUT_MS = 2_000
const FIRST_RETRY_MS = 50
const LONGEST_RETRY_MS = 2_000

// A peer that vanished without a goodbye is found by asking; a cache is stale for at most this long.
const HEARTBEAT_MS = 2_000

/** Listens on a connection of its own. Rejects when the first connection fails; after that it reconnects for ever. */
export async function listenOn(
  options: SessionOptions,
  channel: string,
  hearing: Hearing,
): Promise<Listener> {
  let closed = false
  let retryMs = FIRST_RETRY_MS
  let timer: NodeJS.Timeout | undefined
  let client = await connect()

  function report(error: Error): void {
    if (!closed) options.onFault(error)
  }

  async function connect(): Promise<Client> {
    const fresh = await openListening({ ...options, onFault: report }, channel)
    fresh.on('notification', (notice) => hearing.onNotice(notice.payload ?? ''))
    fresh.once('end', () => {
      if (!closed) timer = setTimeout(() => void reconnect(), retryMs)
    })
    return fresh
  }

  async function reconnect(): Promise<void> {
    try {
      const fresh = await connect()
      if (closed) return destroy(fresh)
      client = fresh
      retryMs = FIRST_RETRY_MS
      hearing.onGap()
    } catch (error) {
      // Waiting is all that can be done; the owner learns of the gap when it ends.
      report(error as PostgresFault)
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS)
      if (!closed) timer = setTimeout(() => void reconnect(), retryMs)
    }
  }

  return {
    close: async () => {
      closed = true
      clearTimeout(timer)
      destroy(client)
      await Promise.resolve()
    },
  }
}

async function openListening(options: SessionOptions, channel: string): Promise<Client> {
  const client = new Client({
    ...sessionConfig(options),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  })
  client.on('error', (error) => options.onFault(connectionLost(error)))
  try {
    await client.connect()
    const lease = { session: client, broken: false }
    await ask(
      lease,
      { text: `LISTEN ${client.escapeIdentifier(channel)}` },
      replyTimeoutMs(options),
    )
  } catch (error) {
    destroy(client)
    throw connectionRefused(error)
  }
  keepAsking(client, replyTimeoutMs(options))
  return client
}

function keepAsking(client: Client, waitMs: number): void {
  const lease = { session: client, broken: false }
  const timer = setInterval(() => {
    // A failed heartbeat ends the connection, and the end is what the listener acts upon.
    ask(lease, { text: 'SELECT 1' }, waitMs).catch(() => destroy(client))
  }, HEARTBEAT_MS)
  client.once('end', () => clearInterval(timer))
}
