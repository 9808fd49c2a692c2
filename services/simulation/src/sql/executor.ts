import { PostgresFault } from '@tolem/postgres/fault'
import type { Scheduler } from '../machine/scheduler.ts'
import type { Connection, Reply } from './connection.ts'
import type { Database } from './database.ts'

/** What a statement came to. */
export type Outcome =
  | { readonly kind: 'done'; readonly reply: Reply }
  | { readonly kind: 'failed'; readonly fault: unknown }

/**
 * Lets statements run in the database, one at a time, and puts aside what waits for a lock that another holds. One of
 * those really waits in PostgreSQL, and goes on there. Of several PostgreSQL would let any go on first: the others are
 * taken back, and asked again in their order once a transaction has ended.
 */
export type Executor = {
  /** Resolves once it is done, or waits for a lock; `done` hears what it came to, in this happening or a later one. */
  readonly perform: (
    connection: Connection,
    work: () => Promise<Reply>,
    on: { readonly lockTimeoutMs: number; readonly done: (outcome: Outcome) => void },
  ) => Promise<void>
  /** Does a statement of this session wait for a lock? */
  readonly isWaiting: (connection: Connection) => boolean
  /** Opens a transaction, whose locks others may come to wait for. */
  readonly begin: (connection: Connection) => void
  /** Ends it, and lets those run who waited for it. */
  readonly end: (connection: Connection, how: 'COMMIT' | 'ROLLBACK') => Promise<Outcome>
}

type Task = {
  readonly connection: Connection
  readonly work: () => Promise<Reply>
  readonly done: (outcome: Outcome) => void
}

type Running = { readonly task: Task; readonly outcome: Promise<Outcome>; settled?: Outcome }

/** Between two looks whether a statement waits. In real time: PostgreSQL does. */
const LOOK_MS = 1

export function createExecutor(deps: {
  readonly scheduler: Scheduler
  readonly database: Database
}): Executor {
  const { scheduler, database } = deps
  const open = new Set<Connection>()
  let waiter: Running | undefined
  let queue: Task[] = []

  const isOpen = ({ connection }: Task) => open.has(connection)
  const mayWait = (task: Task) => waiter !== undefined || open.size > (isOpen(task) ? 1 : 0)

  /** True once a statement of it has run, false while it waits for a lock. */
  async function attempt(task: Task): Promise<boolean> {
    if (!mayWait(task)) {
      task.done(await startTask(task).outcome)
      return true
    }
    if (isOpen(task)) task.connection.save()
    const running = startTask(task)
    const settled = await settles(database, running)
    if (settled) task.done(settled)
    else if (waiter) await takeBack(running)
    else waiter = running
    return settled !== undefined
  }

  /** One waits already: this one is asked again. */
  async function takeBack({ task, outcome }: Running): Promise<void> {
    await database.cancel(task.connection.pid)
    await outcome
    if (isOpen(task)) await task.connection.restore()
    if (!queue.includes(task)) queue.push(task)
  }

  /** A lock went free: those who waited go on, and may let others go on. */
  async function resume(): Promise<void> {
    for (let hasMoved = true; hasMoved; ) {
      hasMoved = await resumeWaiter()
      for (const task of queue) hasMoved = (await attemptAgain(task)) || hasMoved
    }
  }

  async function resumeWaiter(): Promise<boolean> {
    const first = waiter
    const settled = first && (await settles(database, first))
    if (settled) waiter = undefined
    if (settled) first?.task.done(settled)
    return settled !== undefined
  }

  async function attemptAgain(task: Task): Promise<boolean> {
    const hasRun = await attempt(task)
    if (hasRun || waiter?.task === task) queue = queue.filter((other) => other !== task)
    return hasRun
  }

  const isWaiting = (task: Task) => waiter?.task === task || queue.includes(task)

  async function giveUp(task: Task): Promise<void> {
    if (!isWaiting(task)) return
    if (waiter?.task === task) {
      await database.cancel(task.connection.pid)
      await waiter.outcome
      waiter = undefined
    }
    queue = queue.filter((other) => other !== task)
    task.done({ kind: 'failed', fault: lockTimeout() })
    await resume()
  }

  return {
    async perform(connection, work, { lockTimeoutMs, done }) {
      const task: Task = { connection, work, done }
      if (!(await attempt(task))) scheduler.after(lockTimeoutMs, () => giveUp(task))
    },
    isWaiting: (connection) =>
      [waiter?.task, ...queue].some((task) => task?.connection === connection),
    begin(connection) {
      open.add(connection)
      connection.begin(scheduler.now())
    },
    async end(connection, how) {
      const outcome = await toOutcome(connection.end(how))
      open.delete(connection)
      await resume()
      return outcome
    },
  }
}

function startTask(task: Task): Running {
  const running: Running = { task, outcome: toOutcome(task.work()) }
  void running.outcome.then((settled) => (running.settled = settled))
  return running
}

/** What it came to, or nothing while it waits for a lock. */
async function settles(database: Database, running: Running): Promise<Outcome | undefined> {
  const { pid } = running.task.connection
  while (!running.settled) {
    await Promise.race([running.outcome, new Promise((resolve) => setTimeout(resolve, LOOK_MS))])
    if (running.settled) break
    if ((await database.blocked([pid])).has(pid)) return undefined
  }
  return running.settled
}

function toOutcome(reply: Promise<Reply>): Promise<Outcome> {
  return reply.then(
    (done) => ({ kind: 'done', reply: done }) as const,
    (fault: unknown) => ({ kind: 'failed', fault }) as const,
  )
}

function lockTimeout(): PostgresFault {
  const details = { code: 'lock_timeout', maybeCommitted: false } as const
  return new PostgresFault('waited for a lock for too long', details)
}
