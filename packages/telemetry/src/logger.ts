import { type DestinationStream, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino'

/** A service's log. Fields first, then a constant message: `logger.warn({ exchange }, 'feed is down')`. */
export type Logger = PinoLogger

/** Header and body names whose values are secrets: never written, whatever object they hang on. */
const SECRET_KEYS = [
  'authorization',
  'signature',
  'secret',
  'apiKey',
  '["x-bapi-sign"]',
  '["x-mbx-apikey"]',
]

/**
 * The one way a service gets its log: JSON lines, one clock format, secrets removed by key. Lines are buffered and
 * written asynchronously, so a blocked reader of our output cannot hold up an answer to a bank.
 */
export function createLogger(options: {
  service: string
  level: string
  destination?: DestinationStream
}): Logger {
  const destination = options.destination ?? pino.destination({ sync: false, minLength: 4096 })
  return pino(
    {
      level: options.level,
      base: { service: options.service },
      timestamp: stdTimeFunctions.isoTime,
      redact: SECRET_KEYS.flatMap((key) => [key, key.startsWith('[') ? `*${key}` : `*.${key}`]),
    },
    destination,
  )
}
