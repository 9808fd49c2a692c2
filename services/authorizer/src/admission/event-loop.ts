/** How far the event loop is behind, which is how long everything waits that this process does itself. */
export type EventLoop = {
  /**
   * The earliest moment at which a message that is read now can have arrived on a connection that was open before. A
   * turn of the loop reads what came since the turn before it began to read: where that is long ago, a message may have
   * lain in the socket ever since, and its budget runs from then, not from when we came to look.
   */
  readonly arrivedAt: () => number
  /**
   * The earliest moment at which a connection that is taken now can have been made; to be asked at each. A turn of the
   * loop takes one of those that wait, so a hundred banks' connections after a start wait for a hundred turns, with
   * messages in them: until a turn has found none waiting, each may be as old as the first.
   */
  readonly connectedAt: () => number
  /** For how long the present turn of the loop has been reading messages; to be asked at each. */
  readonly turnMs: () => number
  readonly close: () => void
}

/** Finer than any delay that matters here, and nothing beside the work that it watches. */
const TICK_MS = 20

/** Below this a late tick is the timer's own coarseness. */
const NOT_BEHIND_MS = 10

/** `onTick` is told at every tick by how many milliseconds it came late. */
export function watchEventLoop(
  monotonicNow: () => number,
  onTick: (lateMs: number) => void,
): EventLoop {
  let last = monotonicNow()
  /** While a turn reads that began late: when the turn before it began to read. */
  let since: number | undefined
  const timer = setInterval(() => {
    const now = monotonicNow()
    const lateMs = Math.max(0, now - last - TICK_MS)
    // Timers come first in a turn of the loop, then what the sockets hold, then immediates.
    since = lateMs > NOT_BEHIND_MS ? last : undefined
    if (since !== undefined) setImmediate(() => (since = undefined))
    last = now
    onTick(lateMs)
  }, TICK_MS)
  // A process that has nothing else to do may end.
  timer.unref()
  const arrivedAt = () => {
    if (since !== undefined) return since
    const now = monotonicNow()
    // The tick is overdue: what this turn did before it read, such as other timers, took so long.
    return now - last > TICK_MS + NOT_BEHIND_MS ? last : now
  }
  let oldestWaiting: number | undefined
  let hasTaken = false
  const endTaking = () => {
    if (hasTaken) setImmediate(endTaking)
    else oldestWaiting = undefined
    hasTaken = false
  }
  let turnBeganAt: number | undefined
  const endTurn = () => {
    turnBeganAt = undefined
  }
  return {
    arrivedAt,
    connectedAt() {
      if (oldestWaiting === undefined) setImmediate(endTaking)
      oldestWaiting ??= arrivedAt()
      hasTaken = true
      return oldestWaiting
    },
    turnMs() {
      const now = monotonicNow()
      if (turnBeganAt === undefined) setImmediate(endTurn)
      turnBeganAt ??= now
      return now - turnBeganAt
    },
    close: () => clearInterval(timer),
  }
}
