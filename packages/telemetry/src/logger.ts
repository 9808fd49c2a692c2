import { setTimeout as wait } from 'node:timers/promises'
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

/** Some ten thousand lines: what a reader that stands still may cost us in memory. */
const LARGEST_BACKLOG = 4 * 1_024 * 1_024

/** A warning that is alone must not wait for the next 4 KiB of lines. */
const BUFFERED = {
  sync: false,
  minLength: 4_096,
  periodicFlush: 500,
  maxLength: LARGEST_BACKLOG,
}

const END_WITHIN_MS = 500

/**
 * The one way a service gets its log: JSON lines, one clock format, secrets removed by key. Lines are buffered and
 * written asynchronously, so a blocked reader of our output cannot hold up an answer to a bank; a service that says
 * little says it within a second. Lines that nobody reads are lost beyond a backlog, and a warning then counts them:
 * what must be kept is in the database.
 */
export function createLogger(options: {
  service: string
  level: string
  destination?: DestinationStream
}): Logger {
  const destination = options.destination ?? pino.destination(BUFFERED)
  const logger = pino(
    {
      level: options.level,
      base: { service: options.service },
      timestamp: stdTimeFunctions.isoTime,
      redact: SECRET_KEYS.flatMap((key) => [key, key.startsWith('[') ? `*${key}` : `*.${key}`]),
    },
    destination,
  )
  if (options.destination === undefined) tellOfLost(destination as Output, logger)
  return logger
}

/** What pino writes to where it is told of no other. */
type Output = ReturnType<typeof pino.destination>

function tellOfLost(output: Output, logger: Logger): void {
  let lines = 0
  output.on('drop', () => {
    lines += 1
  })
  output.on('drain', () => {
    if (lines > 0) logger.warn({ lines }, 'lines of this log were lost, as nobody read them')
    lines = 0
  })
}

/**
 * Writes down what the log still holds, the last thing that a process does. What nobody reads for `withinMs` is given
 * up: pino would try for ever as the process exits, and it would have to be killed.
 */
export async function endLog(logger: Logger, withinMs = END_WITHIN_MS): Promise<void> {
  const written = new Promise<true>((resolve) => logger.flush(() => resolve(true)))
  if (await Promise.race([written, wait(withinMs, false)])) return
  const { [pino.symbols.streamSym]: output } = logger as unknown as { [stream: symbol]: Output }
  if (output) output.flushSync = () => undefined
}
