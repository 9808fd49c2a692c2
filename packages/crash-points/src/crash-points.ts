import { writeSync } from 'node:fs'

/**
 * Where a process can be told to die, in the order in which one authorization meets them. Between two neighbours
 * something became durable, or left the building.
 */
export const CRASH_POINTS = [
  'authorize.before_accept',
  'authorize.after_accept',
  'authorize.after_debit',
  'authorize.after_conclude',
  'authorize.after_answer',
  'settle.after_claim',
  'settle.before_credit',
  'settle.after_credit',
  'settle.after_write',
  'collect.after_intend',
  'collect.after_debit',
  'convert.after_intend',
  'convert.after_ticket',
  'convert.after_execute',
  'convert.after_write',
  'expire.after_write',
  'clearing.after_batch',
  'reconcile.after_find',
  'deliver.after_claim',
  'deliver.after_send',
] as const

export type CrashPoint = (typeof CRASH_POINTS)[number]

type Armed = {
  readonly point: CrashPoint
  /** How many must come before anything happens, and how many came. */
  readonly count: number
  came: number
  /** `stop` freezes the process, as a machine that is too busy does, until somebody sends SIGCONT. */
  readonly how: 'die' | 'stop'
  /** Resolves when the process goes on, if ever. */
  readonly gone: PromiseWithResolvers<void>
}

let armed: Armed | undefined

const WRITTEN = /^(?<point>[a-z._]+)(?::(?<count>[1-9][0-9]{0,5}))?(?<stop>:stop)?$/

/**
 * Has this process die at a point: `NAME`, or `NAME:3` for the third time that it is reached; `NAME:stop` and
 * `NAME:3:stop` freeze it there instead. For tests alone.
 *
 * @throws when there is no such point, or when the process runs in production.
 */
export function armCrashPoint(written: string, isProduction: boolean): void {
  if (isProduction) throw new Error('CRASH_AT: no process in production is told to die')
  const { point: name = written, count = '1', stop } = WRITTEN.exec(written)?.groups ?? {}
  const point = CRASH_POINTS.find((known) => known === name)
  if (point === undefined)
    throw new Error(`CRASH_AT: ${name} is none of ${CRASH_POINTS.join(', ')}`)
  const how = stop === undefined ? 'die' : 'stop'
  armed = { point, count: Number(count), came: 0, how, gone: Promise.withResolvers() }
}

/** Is this process told to die anywhere? Where it is not, no port needs to be wrapped. */
export function isCrashArmed(): boolean {
  return armed !== undefined
}

/**
 * Dies here, if told so: by SIGKILL, so that nothing is flushed, closed or told. Costs a comparison where nobody is
 * told anything.
 */
export function crashPoint(point: CrashPoint): void {
  if (armed === undefined || armed.point !== point) return
  armed.came += 1
  if (armed.came >= armed.count) end(armed)
}

/** Time for those that come together: who comes first waits no longer for the others. */
const GATHERS_FOR_MS = 500

/**
 * The same where many come at once: each is held until as many are there as was told, or half a second after the
 * first, so that one death meets all of them at this very point.
 */
export function crashTogether(point: CrashPoint): Promise<void> {
  if (armed === undefined || armed.point !== point) return Promise.resolve()
  const told = armed
  told.came += 1
  if (told.came === 1) setTimeout(() => end(told), GATHERS_FOR_MS)
  if (told.came >= told.count) end(told)
  return told.gone.promise
}

function end(told: Armed): void {
  const { point, came, how } = told
  if (armed !== told) return
  armed = undefined
  // By the system call, because nothing else is written once the signal is sent.
  writeSync(process.stderr.fd, `CRASH_AT: ${point}, ${came} came\n`)
  process.kill(process.pid, how === 'die' ? 'SIGKILL' : 'SIGSTOP')
  // The signal comes between two instructions: not one more of ours.
  if (how === 'die') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  told.gone.resolve()
}
