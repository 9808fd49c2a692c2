import assert from 'node:assert'
import { PostgresFault } from './fault.ts'

/** Carries the items of concurrent callers in one run. */
export type GroupCommit<Item, Result> = {
  /**
   * Resolves with this item's result. A lone caller's run starts at once; while runs are under way, callers queue.
   *
   * @throws {QueueFull} at once, when too many are queued or the group commit is closing: nothing was run.
   * @throws {WaitedTooLong} when the item's time was over before its turn came: it was not run.
   * @throws what `run` threw. When that is a `PostgresFault` with `maybeCommitted`, read the item again by its key.
   */
  readonly submit: (item: Item) => Promise<Result>
  /** Items waiting, those of the running batches not counted. */
  readonly queued: () => number
  /** For how many milliseconds the longest waiting item has waited; items that wait for their own key do not count. */
  readonly waitedMs: () => number
  /** Refuses new items, and resolves when those already taken have their answers. */
  readonly close: () => Promise<void>
}

/** How batches are run, and how many items they and the queue may hold. */
export type GroupCommitOptions<Item, Result> = {
  /**
   * Runs a batch and returns one result per item, by position. It must throw only when nothing was committed, or a
   * `PostgresFault` that says `maybeCommitted`; a bug found after the commit is an assertion, and is not run again.
   */
  readonly run: (items: readonly Item[]) => Promise<readonly Result[]>
  readonly maxBatch: number
  readonly maxQueued: number
  /** Items that share a key never stand in one batch or in two running batches, and run in the order of `submit`. */
  readonly conflictKeys?: (item: Item) => readonly string[]
  /** Batches under way at the same time, 1 unless told. */
  readonly lanes?: number
  /**
   * Until when (`performance.now()`) running the item is of any use; absent: always. Who had to wait, and cannot be
   * done by then at the pace of the last runs, is dropped when its turn comes instead of being run.
   */
  readonly usefulUntil?: (item: Item) => number | undefined
  /** Told the size of each batch as it starts. */
  readonly observe?: (size: number) => void
}

/** Refused at once because the queue is full or closing. Nothing was run. */
export class QueueFull extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'QueueFull'
  }
}

/** Dropped from the queue because its result could have been of no use any more. It was not run. */
export class WaitedTooLong extends Error {
  constructor() {
    super('its time was over before its turn came')
    this.name = 'WaitedTooLong'
  }
}

type Waiting<Item, Result> = {
  readonly item: Item
  readonly keys: readonly string[]
  /** On the clock of `performance.now()`. */
  readonly since: number
  readonly usefulUntil: number
  /** Passed over because its key was busy: that says nothing about how much there is to do. */
  isBehindKey: boolean
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

/**
 * Coalesces concurrent statements: while one run is under way the next callers queue, and one run carries them all.
 * Nothing waits for a timer. One bad item never fails its neighbours: when a batch fails and surely nothing of it was
 * committed, each of its items is run alone.
 */
export function createGroupCommit<Item, Result>(
  options: GroupCommitOptions<Item, Result>,
): GroupCommit<Item, Result> {
  const { run, maxBatch, maxQueued, conflictKeys, usefulUntil, lanes = 1, observe } = options
  assert(maxBatch >= 1 && maxQueued >= 1 && lanes >= 1)
  const idle = Promise.withResolvers<void>()
  const busyKeys = new Set<string>()
  let queue: Waiting<Item, Result>[] = []
  let running = 0
  let closed = false
  /** How long a run takes lately. */
  let runMs = 0

  function submit(item: Item): Promise<Result> {
    if (closed) return Promise.reject(new QueueFull('closing'))
    if (queue.length >= maxQueued) return Promise.reject(new QueueFull(`${maxQueued} are queued`))
    const { promise, resolve, reject } = Promise.withResolvers<Result>()
    queue.push({
      item,
      keys: conflictKeys?.(item) ?? [],
      since: performance.now(),
      usefulUntil: usefulUntil?.(item) ?? Number.POSITIVE_INFINITY,
      isBehindKey: false,
      resolve,
      reject,
    })
    // Who is alone is run at once, however little time it has: dropping it would save nobody anything.
    startBatches(running === 0 && queue.length === 1)
    return promise
  }

  function startBatches(isAlone = false): void {
    while (running < lanes && queue.length > 0) {
      if (usefulUntil && !isAlone) queue = dropLate(queue, performance.now() + runMs)
      const [batch, rest] = takeBatch(queue, busyKeys, maxBatch)
      if (batch.length === 0) return
      queue = rest
      running += 1
      observe?.(batch.length)
      void finishBatch(batch)
    }
  }

  async function finishBatch(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    const keys = batch.flatMap((waiting) => waiting.keys)
    for (const key of keys) busyKeys.add(key)
    const startedAt = performance.now()
    await answer(batch, run)
    runMs += (performance.now() - startedAt - runMs) * WEIGHT_OF_LAST_RUN
    for (const key of keys) busyKeys.delete(key)
    running -= 1
    startBatches()
    if (closed && running === 0) idle.resolve()
  }

  return {
    submit,
    queued: () => queue.length,
    waitedMs: () => {
      const first = queue.find(({ isBehindKey }) => !isBehindKey)
      return first ? performance.now() - first.since : 0
    },
    close: () => {
      closed = true
      if (running === 0) idle.resolve()
      return idle.promise
    },
  }
}

/** Old runs fade: after four others one counts for less than half. */
const WEIGHT_OF_LAST_RUN = 0.2

/** Refuses whoever would be done too late. */
function dropLate<Item, Result>(
  queue: Waiting<Item, Result>[],
  doneAt: number,
): Waiting<Item, Result>[] {
  if (queue.every((waiting) => waiting.usefulUntil >= doneAt)) return queue
  return queue.filter((waiting) => {
    const isInTime = waiting.usefulUntil >= doneAt
    if (!isInTime) waiting.reject(new WaitedTooLong())
    return isInTime
  })
}

/** The longest batch without a conflict, in order; whoever waits behind a busy key makes their own keys busy too. */
function takeBatch<Item, Result>(
  queue: readonly Waiting<Item, Result>[],
  busyKeys: ReadonlySet<string>,
  maxBatch: number,
): [Waiting<Item, Result>[], Waiting<Item, Result>[]] {
  const taken = new Set(busyKeys)
  const batch: Waiting<Item, Result>[] = []
  const rest: Waiting<Item, Result>[] = []
  for (const [index, waiting] of queue.entries()) {
    if (batch.length === maxBatch) return [batch, rest.concat(queue.slice(index))]
    waiting.isBehindKey = waiting.keys.some((key) => taken.has(key))
    const target = waiting.isBehindKey ? rest : batch
    target.push(waiting)
    for (const key of waiting.keys) taken.add(key)
  }
  return [batch, rest]
}

/** Settles every promise of the batch; never rejects. */
async function answer<Item, Result>(
  batch: readonly Waiting<Item, Result>[],
  run: (items: readonly Item[]) => Promise<readonly Result[]>,
): Promise<void> {
  try {
    const results = await run(batch.map((waiting) => waiting.item))
    assert.equal(results.length, batch.length, 'a run returns one result per item')
    for (const [index, waiting] of batch.entries()) waiting.resolve(results[index] as Result)
  } catch (error) {
    if (batch.length === 1 || !surelyNotCommitted(error)) {
      for (const waiting of batch) waiting.reject(error)
      return
    }
    await answerOneByOne(batch, run)
  }
}

/** Not all at once: a stuck item must not take the whole pool from its neighbours. Meanwhile some come too late. */
async function answerOneByOne<Item, Result>(
  batch: readonly Waiting<Item, Result>[],
  run: (items: readonly Item[]) => Promise<readonly Result[]>,
): Promise<void> {
  for (const waiting of batch) {
    if (waiting.usefulUntil < performance.now()) waiting.reject(new WaitedTooLong())
    else await answer([waiting], run)
  }
}

/** A server that is gone would only fail each item again, and slowly. */
function surelyNotCommitted(error: unknown): boolean {
  if (error instanceof PostgresFault) return !error.maybeCommitted && error.code !== 'unavailable'
  return !(error instanceof assert.AssertionError)
}
