import { createHash } from 'node:crypto'
import type { Random } from './random.ts'
import { offHost, waitingImmediates } from './virtual-host.ts'

/** What happens at a moment. `isQuiet`: it only looks, and nothing needs to be waited for after it. */
type Happening = {
  readonly at: number
  readonly place: number
  readonly run: () => void | Promise<void>
  readonly isQuiet: boolean
  isCancelled: boolean
}

/** Everything that happens, one after the other, in virtual time. */
export type Scheduler = {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** How long things were let happen: what was leapt over is left out. */
  readonly livedMs: () => number
  /** Lets something happen; of what is due at one moment the seed decides which comes first. Gives how to cancel it. */
  readonly after: (
    ms: number,
    run: () => void | Promise<void>,
    timer?: { readonly isQuiet: boolean },
  ) => () => void
  /** Lets things happen until `isDone`, or for so long; true once it is done. */
  readonly runUntil: (isDone: () => boolean, longestMs: number) => Promise<boolean>
  /** Moves on to a later moment, at which nothing of before is left. */
  readonly leap: (ms: number) => void
  /** Adds a line to what is compared between two runs of one seed. */
  readonly note: (line: string) => void
  /** A digest of all lines so far, and how many there are. */
  readonly digest: () => { readonly digest: string; readonly lines: number }
  /** The latest lines. */
  readonly recent: () => readonly string[]
}

const START = Date.UTC(2026, 10, 22, 10)
const LINES_KEPT = 400
const PLACES = 2 ** 30
const TURNS_MAX = 1_000

/** `onLine` is told of every line, for whoever looks for a reason. */
export function createScheduler(random: Random, onLine?: (line: string) => void): Scheduler {
  const heap = createHeap()
  const hash = createHash('sha256')
  let recent: string[] = []
  let lines = 0
  let now = START
  let leaptMs = 0

  function note(line: string): void {
    const text = `${(now - START).toFixed(3)} ${line}`
    hash.update(`${text}\n`)
    lines += 1
    recent.push(text)
    onLine?.(text)
    if (recent.length > 2 * LINES_KEPT) recent = recent.slice(-LINES_KEPT)
  }

  async function happen({ run, isQuiet, at }: Happening): Promise<void> {
    now = Math.max(now, at)
    await run()
    if (!isQuiet) await drain()
  }

  /** The next that happens until `end`. */
  function takeNext(end: number): Happening | undefined {
    for (;;) {
      const next = heap.pop()
      if (!next || next.at <= end) {
        if (next?.isCancelled) continue
        return next
      }
      heap.push(next)
      return undefined
    }
  }

  async function runUntil(isDone: () => boolean, longestMs: number): Promise<boolean> {
    const end = now + longestMs
    await drain()
    while (!isDone()) {
      const next = takeNext(end)
      if (!next) {
        now = end
        return false
      }
      await happen(next)
    }
    return true
  }

  return {
    now: () => now,
    livedMs: () => now - START - leaptMs,
    after(ms, run, timer) {
      const happening: Happening = {
        at: now + Math.max(ms, 0),
        place: random.below(PLACES),
        run,
        // Told only after the timer was made, so it is asked when it is due.
        get isQuiet() {
          return timer?.isQuiet ?? false
        },
        isCancelled: false,
      }
      heap.push(happening)
      return () => {
        happening.isCancelled = true
      }
    },
    runUntil: (isDone, longestMs) => offHost(() => runUntil(isDone, longestMs)),
    leap(ms) {
      heap.clear()
      now += ms
      leaptMs += ms
    },
    note,
    digest: () => ({ digest: hash.copy().digest('hex').slice(0, 16), lines }),
    recent: () => recent.slice(-LINES_KEPT),
  }
}

/** Until all code has come to wait for something that happens here. */
async function drain(): Promise<void> {
  for (let turns = 0; ; turns += 1) {
    await new Promise(setImmediate)
    if (waitingImmediates() === 0) return
    if (turns > TURNS_MAX) throw new Error('code on a host never comes to rest')
  }
}

/** The earliest first. */
function createHeap() {
  let items: Happening[] = []
  const isBefore = (a: number, b: number) => {
    const [one, other] = [items[a], items[b]]
    if (!one || !other) return false
    return one.at < other.at || (one.at === other.at && one.place < other.place)
  }
  const swap = (a: number, b: number) => {
    const [one, other] = [items[a], items[b]]
    if (one && other) [items[a], items[b]] = [other, one]
  }
  return {
    push(item: Happening): void {
      items.push(item)
      for (let at = items.length - 1; at > 0; ) {
        const parent = (at - 1) >> 1
        if (!isBefore(at, parent)) return
        swap(at, parent)
        at = parent
      }
    },
    pop(): Happening | undefined {
      swap(0, items.length - 1)
      const first = items.pop()
      for (let at = 0; ; ) {
        const [left, right] = [2 * at + 1, 2 * at + 2]
        const child = isBefore(right, left) ? right : left
        if (!isBefore(child, at)) return first
        swap(at, child)
        at = child
      }
    },
    clear(): void {
      items = []
    },
  }
}
