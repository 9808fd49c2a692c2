import type { PublishedRate } from '@tolem/quotes/published-rate'
import type { HistoryRow, HistoryStore } from './store.ts'

/** Writes published rates down, a batch a second, from `start` until `close`. */
export type Recorder = {
  /** Takes in a rate that was just published. Never fails and never waits. */
  note(rate: PublishedRate): void
  start(): void
  /** Writes what is left, once. */
  close(): Promise<void>
}

/** A rate that changes is written at most this often, and a batch is written this often. */
const WRITE_EVERY_MS = 1_000

/** A rate that does not change is written this often, so that it can be told from none. */
const REPEAT_MS = 60_000

/** With twelve rates a second this is a quarter of an hour without a database. What is older is dropped, and told. */
const WAITING_MAX = 10_000

/** The most rows of one statement. */
const BATCH_MAX = 2_000

const FORGET_EVERY_MS = 600_000

/** Whom the recorder tells. */
export type RecorderDependencies = {
  readonly store: Pick<HistoryStore, 'append' | 'forgetBefore'>
  readonly keepDays: number
  readonly now: () => number
  readonly onWritten: (rows: number) => void
  readonly onDropped: (rows: number) => void
  readonly onFault: (error: unknown) => void
}

/**
 * What a rate was between two rows that are a second apart is not kept: the last of a second stands, because every rate
 * is published again within a second. A database that is away delays rows, and drops the oldest beyond 10,000.
 */
export function createRecorder(deps: RecorderDependencies): Recorder {
  const { store, now, onFault } = deps
  const told = new Map<string, { readonly at: number; readonly what: string }>()
  let waiting: HistoryRow[] = []
  let writing: Promise<void> | undefined
  let forgotAt = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined

  const write = async (): Promise<void> => {
    const batch = waiting.slice(0, BATCH_MAX)
    try {
      await store.append(batch)
      waiting = waiting.slice(batch.length)
      deps.onWritten(batch.length)
    } catch (error) {
      // The rows wait for the next turn; writing them twice adds nothing.
      onFault(error)
      const beyond = Math.max(0, waiting.length - WAITING_MAX)
      waiting = waiting.slice(beyond)
      if (beyond > 0) deps.onDropped(beyond)
    }
  }
  const forget = async (): Promise<void> => {
    if (now() - forgotAt < FORGET_EVERY_MS) return
    try {
      const hasMore = await store.forgetBefore(now() - deps.keepDays * 86_400_000)
      if (!hasMore) forgotAt = now()
    } catch (error) {
      // Tried again in the next turn.
      onFault(error)
    }
  }
  // Also after rows were written: while rates move there are some in every turn.
  const writeAndForget = async (): Promise<void> => {
    if (waiting.length > 0) await write()
    await forget()
  }
  const turn = () => {
    writing ??= writeAndForget().finally(() => {
      writing = undefined
    })
    return writing
  }
  return {
    note: (rate) => {
      const at = now()
      if (!isDue(told, rate, at)) return
      told.set(keyOf(rate), { at, what: whatOf(rate) })
      waiting.push({ publishedAt: at, rate })
    },
    start: () => {
      timer ??= setInterval(() => void turn(), WRITE_EVERY_MS)
    },
    close: async () => {
      clearInterval(timer)
      await writing
      if (waiting.length > 0) await write()
    },
  }
}

function isDue(
  told: ReadonlyMap<string, { readonly at: number; readonly what: string }>,
  rate: PublishedRate,
  at: number,
): boolean {
  const last = told.get(keyOf(rate))
  if (last === undefined || at < last.at) return true
  const sinceMs = at - last.at
  return sinceMs >= REPEAT_MS || (sinceMs >= WRITE_EVERY_MS && last.what !== whatOf(rate))
}

function keyOf({ exchange, asset }: PublishedRate): string {
  return `${exchange} ${asset}`
}

function whatOf(rate: PublishedRate): string {
  if (rate.state === 'unsafe') return rate.guard
  return `${rate.bid} ${rate.ask} ${rate.wideningBasisPoints ?? 0}`
}
