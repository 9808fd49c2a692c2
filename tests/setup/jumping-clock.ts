import { readFileSync } from 'node:fs'

/**
 * Loaded before a service (`NODE_OPTIONS=--import=…`): its wall clock is off by as many milliseconds as
 * `CLOCK_OFFSET_FILE` says, read again at each SIGWINCH, which means nothing else to a service. The monotonic clock
 * stays, as when somebody sets a machine's time.
 */

const file = process.env['CLOCK_OFFSET_FILE'] ?? ''
const real = Date.now
let offsetMs = 0

const read = () => {
  offsetMs = Number(readFileSync(file, 'utf8'))
}
read()
process.on('SIGWINCH', read)

const now = () => real() + offsetMs
globalThis.Date = new Proxy(Date, {
  construct: (target, words, newTarget) =>
    Reflect.construct(target, words.length === 0 ? [now()] : words, newTarget) as object,
  get: (target, name) => (name === 'now' ? now : (Reflect.get(target, name) as unknown)),
})
