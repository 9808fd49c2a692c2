import { type Deadline, remaining } from '@tolem/domain/deadline'

/** An answer must still be written when its deadline comes: at saturation the event loop is 50 ms late at p99. */
const SEND_RESERVE_MS = 80

/** What `work` resolves with, or nothing once there is no time left to send it. Whatever hangs, this does not. */
export async function inTime<T>(
  work: Promise<T>,
  deadline: Deadline,
  now: number,
): Promise<T | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const waitMs = Math.max(0, remaining(deadline, now) - SEND_RESERVE_MS)
  const timer = setTimeout(() => resolve(undefined), waitMs)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}
