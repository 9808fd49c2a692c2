import { PostgresFault } from '@tolem/postgres/fault'
import type { Postgres } from '@tolem/postgres/pool'

/** Pools whose deadlocks are counted, whoever asks again after one and hides it. */
export type DeadlockCount = {
  /** The same pool, watched. */
  readonly watch: (postgres: Postgres) => Postgres
  /** How often a session had to give way to another. */
  readonly count: () => number
}

/** Counts what the callers were told: PostgreSQL's own count shows up a second later, or not at all. */
export function countDeadlocks(): DeadlockCount {
  let count = 0

  async function counted<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work
    } catch (error) {
      if (error instanceof PostgresFault && error.code === 'serialization') count += 1
      throw error
    }
  }

  return {
    watch: (postgres) => ({
      ...postgres,
      run: (statement, values) => counted(postgres.run(statement, values)),
      runInTransaction: (work) => counted(postgres.runInTransaction(work)),
    }),
    count: () => count,
  }
}
