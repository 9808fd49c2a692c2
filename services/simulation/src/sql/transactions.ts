import { beforeCommit, PostgresFault } from '@tolem/postgres/fault'
import type { Run } from '@tolem/postgres/pool'
import { IDLE_IN_TRANSACTION_MS } from '@tolem/postgres/session'
import type { Statement } from '@tolem/postgres/statements'
import type { Machine } from '../machine/machine.ts'
import type { Connection, Reply } from './connection.ts'
import type { Outcome } from './executor.ts'
import { type Journey, lostAnswer, NOTHING, neverArrives, type PostgresWorld } from './travel.ts'

/** What transactions of a process are made with. */
export type TransactionDeps = {
  readonly world: PostgresWorld
  readonly machine: Machine
  readonly lockTimeoutMs: number
  readonly travel: (name: string, journey: Journey) => Promise<Reply>
}

/** A transaction in a session; over once it has ended, or the server gave it up. */
type Session = { readonly connection: Connection; isOver: boolean }

const LOOK_EVERY_MS = 50

/** BEGIN, the work, COMMIT; ROLLBACK where the work rejects, and where the process is gone or held for too long. */
export function createTransactions({ world, machine, lockTimeoutMs, travel }: TransactionDeps) {
  const { scheduler, database, executor } = world

  async function finish(session: Session, how: 'COMMIT' | 'ROLLBACK'): Promise<Outcome> {
    if (session.isOver) return { kind: 'failed', fault: lostAnswer(how) }
    session.isOver = true
    const outcome = await executor.end(session.connection, how)
    database.give(session.connection)
    return outcome
  }

  /** As soon as the server comes to see that nobody is there: not while a statement waits for a lock. */
  const abandon = (session: Session) => async (): Promise<void> => {
    if (executor.isWaiting(session.connection)) scheduler.after(LOOK_EVERY_MS, abandon(session))
    else await finish(session, 'ROLLBACK')
  }

  /** The server ends what nobody goes on with: a dead process's at once, that of one held still later. */
  function watch(session: Session): void {
    let idleMs = 0
    const look = async (): Promise<void> => {
      if (session.isOver) return
      idleMs = machine.state() === 'frozen' ? idleMs + LOOK_EVERY_MS : 0
      if (machine.state() === 'dead' || idleMs > IDLE_IN_TRANSACTION_MS) await abandon(session)()
      else scheduler.after(LOOK_EVERY_MS, look)
    }
    scheduler.after(LOOK_EVERY_MS, look)
  }

  const step = (session: Session, name: string, work: () => Promise<Reply>) =>
    travel(name, {
      isSkipped: neverArrives,
      async arrive(done) {
        if (session.isOver) return done({ kind: 'failed', fault: lostAnswer(name) })
        await executor.perform(session.connection, work, { lockTimeoutMs, done })
      },
    })

  return async <Result>(work: (run: Run) => Promise<Result>): Promise<Result> => {
    const session = await begin()
    let result: Result
    try {
      result = await work(async <Row>(statement: Statement, values: readonly unknown[]) => {
        const ask = () => session.connection.ask(statement, values, scheduler.now())
        const reply = await step(session, statement.name, ask)
        return reply.rows as readonly Row[]
      })
    } catch (error) {
      await end(session, 'ROLLBACK').catch(() => undefined)
      throw error instanceof PostgresFault && error.maybeCommitted ? beforeCommit(error) : error
    }
    await end(session, 'COMMIT')
    return result
  }

  async function begin(): Promise<Session> {
    const connection = { current: undefined as Session | undefined }
    await travel('BEGIN', {
      isSkipped: neverArrives,
      async arrive(onDone) {
        const session: Session = { connection: database.take(), isOver: false }
        executor.begin(session.connection)
        connection.current = session
        watch(session)
        onDone({ kind: 'done', reply: NOTHING })
      },
    }).catch((error: unknown) => {
      if (connection.current) scheduler.after(0, abandon(connection.current))
      throw error instanceof PostgresFault ? beforeCommit(error) : error
    })
    if (!connection.current) throw new Error('a transaction began nowhere')
    return connection.current
  }

  /** Where it never arrives the connection breaks, and the server rolls back. */
  async function end(session: Session, how: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    await travel(how, {
      isSkipped(fault) {
        const isLost = neverArrives(fault)
        if (isLost) scheduler.after(1, abandon(session))
        return isLost
      },
      arrive: async (onDone) => onDone(await finish(session, how)),
    })
  }
}
