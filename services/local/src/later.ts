import { setTimeout as wait } from 'node:timers/promises'
import type { Result } from '@tolem/client/result'

const REPEATS = 20
const REPEAT_AFTER_MS = 50

/**
 * Asks again, up to twenty times, while the answer is that nothing could be done in time (503): a process that has just
 * started on a busy machine may say so. `ask` is told whether it asks again.
 */
export async function untilInTime<Answer>(
  ask: (again: boolean) => Promise<Result<Answer>>,
  pause: (milliseconds: number) => Promise<unknown> = wait,
): Promise<Result<Answer>> {
  let result = await ask(false)
  for (let repeats = 0; isLater(result) && repeats < REPEATS; repeats += 1) {
    await pause(REPEAT_AFTER_MS)
    result = await ask(true)
  }
  return result
}

function isLater(result: Result<unknown>): boolean {
  return result.kind === 'problem' && result.status === 503
}
