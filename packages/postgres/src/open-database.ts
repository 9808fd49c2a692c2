import { setTimeout as wait } from 'node:timers/promises'
import { PostgresFault } from './fault.ts'
import { assertWritable, type Postgres } from './pool.ts'

/** A database that starts together with us, or a busy machine, gets this long. */
const PATIENCE_MS = 15_000
const TRY_EVERY_MS = 200

/**
 * Opens so many connections of the pool before anybody is served: opening one forks on the server, and under load that
 * takes longer than a purchase may wait.
 *
 * @throws {NotWritable} at once.
 * @throws {PostgresFault} the last one, when the database could not be reached.
 */
export async function openDatabase(postgres: Postgres, connections: number): Promise<void> {
  const startedAt = performance.now()
  for (;;) {
    try {
      await Promise.all(Array.from({ length: connections }, () => assertWritable(postgres)))
      return
    } catch (error) {
      const isOver = performance.now() - startedAt > PATIENCE_MS
      if (isOver || !(error instanceof PostgresFault)) throw error
      await wait(TRY_EVERY_MS)
    }
  }
}
