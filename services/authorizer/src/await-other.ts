import { setTimeout as wait } from 'node:timers/promises'
import type { NewAuthorization } from '@tolem/authorizations/accept'
import type { AuthorizationRecords } from '@tolem/authorizations/records'
import { type Deadline, remaining } from '@tolem/domain/deadline'
import { decisionAnswer } from '@tolem/wire/authorization'
import { problem, type WireAnswer } from '@tolem/wire/problem'

/** Often enough to be quick, seldom enough that a hundred waiters are no load. */
const LOOK_EVERY_MS = 25

/** Time to send what was found, or to say that nothing was. */
const ANSWER_RESERVE_MS = 60

/**
 * Waits for another process that is deciding the same message. Its answer is in the database before it is anywhere
 * else, and asking ACCEPT again writes nothing while its row is there.
 */
export function createAwaitOther(deps: {
  readonly records: AuthorizationRecords
  readonly monotonicNow: () => number
}): (item: NewAuthorization, deadline: Deadline) => Promise<WireAnswer> {
  return async (item, deadline) => {
    while (remaining(deadline, deps.monotonicNow()) > ANSWER_RESERVE_MS + LOOK_EVERY_MS) {
      await wait(LOOK_EVERY_MS)
      const acceptance = await deps.records.accept(item)
      if (acceptance.kind === 'replay') return decisionAnswer(acceptance.body)
      if (acceptance.kind === 'declined' && acceptance.body !== undefined)
        return decisionAnswer(acceptance.body)
    }
    return problem('still_running')
  }
}
