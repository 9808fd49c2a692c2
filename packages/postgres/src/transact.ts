import { beforeCommit, PostgresFault } from './fault.ts'
import { ask, type Lease } from './session.ts'

/**
 * BEGIN, `work`, COMMIT; ROLLBACK when `work` rejects. No step waits longer than `waitMs`, ROLLBACK on a dead socket
 * included. Only a fault of COMMIT itself can be `maybeCommitted`.
 */
export async function transact<Result>(
  lease: Lease,
  waitMs: number,
  work: () => Promise<Result>,
): Promise<Result> {
  let result: Result
  try {
    await ask(lease, { text: 'BEGIN' }, waitMs)
    result = await work()
  } catch (error) {
    await rollBack(lease, waitMs)
    throw error instanceof PostgresFault && error.maybeCommitted ? beforeCommit(error) : error
  }
  await commit(lease, waitMs)
  return result
}

async function commit(lease: Lease, waitMs: number): Promise<void> {
  const { command } = await ask(lease, { text: 'COMMIT' }, waitMs)
  if (command === 'COMMIT') return
  // PostgreSQL answers ROLLBACK, without an error, when `work` swallowed a failed statement's fault.
  const details = { code: 'failed', maybeCommitted: false } as const
  throw new PostgresFault('transaction rolled back: one of its statements had failed', details)
}

async function rollBack(lease: Lease, waitMs: number): Promise<void> {
  if (lease.broken) return
  try {
    await ask(lease, { text: 'ROLLBACK' }, waitMs)
  } catch {
    // The connection is thrown away, and the server rolls back what a lost connection left; the caller needs the
    // error that made us roll back, not this one.
    lease.broken = true
  }
}
