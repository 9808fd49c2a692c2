import type { Postgres, Run } from '@tolem/postgres/pool'
import type { Statement } from '@tolem/postgres/statements'
import type { Machine } from '../machine/machine.ts'
import type { Outcome } from './executor.ts'
import { createTransactions } from './transactions.ts'
import { createTravel, NOTHING, neverArrives, type PostgresWorld } from './travel.ts'

/** How long the service itself would wait. */
export type PostgresLimits = { readonly statementTimeoutMs: number; readonly lockTimeoutMs: number }

/** PostgreSQL as a process finds it: real, at some distance, and not always well. */
export function createSimulatedPostgres(
  world: PostgresWorld,
  machine: Machine,
  limits: PostgresLimits,
): Postgres {
  const { scheduler, database, executor, notices } = world
  const { lockTimeoutMs } = limits
  const travel = createTravel(world, machine, limits)

  /** A statement of its own. What never arrives is never run. */
  const run: Run = async <Row>(statement: Statement, values: readonly unknown[]) => {
    const reply = await travel(statement.name, {
      isSkipped: neverArrives,
      async arrive(onDone) {
        const connection = database.take()
        const ask = () => connection.ask(statement, values, scheduler.now())
        const done = (outcome: Outcome) => {
          database.give(connection)
          onDone(outcome)
        }
        await executor.perform(connection, ask, { lockTimeoutMs, done })
      },
    })
    return reply.rows as readonly Row[]
  }

  return {
    run,
    runInTransaction: createTransactions({ world, machine, lockTimeoutMs, travel }),
    listen: async (channel, onNotice, onGap) => {
      await travel('LISTEN', {
        isSkipped: neverArrives,
        arrive: async (onDone) => Promise.resolve(onDone({ kind: 'done', reply: NOTHING })),
      })
      return notices.listen(machine, channel, { onNotice, onGap })
    },
    isReachable: () => true,
    close: async () => {},
  }
}
