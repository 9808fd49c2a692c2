import { Redis } from 'ioredis'
import { type RedisFault, redisFault } from './fault.ts'

/** A connection to Redis that is made again whenever it is lost. */
export type Connection = {
  readonly client: Redis
  readonly isReady: () => boolean
  readonly close: () => void
}

/** How to reach Redis. Commands wait at most `commandTimeoutMs`. */
export type ConnectionOptions = {
  readonly url: string
  readonly commandTimeoutMs: number
  readonly onFault: (fault: RedisFault) => void
}

const CONNECT_TIMEOUT_MS = 2_000
const FIRST_RETRY_MS = 50
const LONGEST_RETRY_MS = 1_000

// A peer that vanished without a goodbye is found by asking; messages may be missed for this long.
const HEARTBEAT_MS = 2_000

// A connection may be slow, where a command may not: giving it up costs more than waiting.
const SILENCE_MS = 1_000

/**
 * One connection that comes back for ever and queues nothing while it is away: the driver's defaults would keep
 * commands, and their callers, until it does.
 */
export function connectTo(options: ConnectionOptions): Connection {
  const client = new Redis(options.url, {
    commandTimeout: options.commandTimeoutMs,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (times) => Math.min(FIRST_RETRY_MS * times, LONGEST_RETRY_MS),
  })
  // Without a listener the driver prints to the console.
  client.on('error', (error) => options.onFault(redisFault('connection', error)))
  const heartbeat = setInterval(() => {
    // The answer does not matter, only that something comes: see socketTimeout.
    if (client.status === 'ready') client.ping().catch(() => {})
  }, HEARTBEAT_MS)
  return {
    client,
    isReady: () => client.status === 'ready',
    close: () => {
      clearInterval(heartbeat)
      client.disconnect()
    },
  }
}
