import type { DueHold, Expiries, ExpiryCursor } from '@tolem/authorizations/expiries'
import type { Holds } from '@tolem/authorizations/holds'
import type { Logger } from '@tolem/telemetry/logger'
import type { Meters } from './meters.ts'
import { createPause } from './pause.ts'
import { settledWithin } from './settled-within.ts'

export type ExpirerDeps = {
  readonly expiries: Expiries
  readonly holds: Pick<Holds, 'expire'>
  readonly meters: Meters
  readonly logger: Logger
  /** Holds that are ended in one turn, before the next list is asked for. */
  readonly mostPerTurn: number
  readonly intervalMs: number
}

/** Ends holds whose time is over, a bounded number in each turn, beside any number of other instances. */
export type Expirer = {
  readonly start: () => void
  /** Begins nothing more and waits at most `timeoutMs` for what is under way. */
  readonly close: (timeoutMs: number) => Promise<void>
}

export function createExpirer(deps: ExpirerDeps): Expirer {
  const pause = createPause()
  const closing = new AbortController()
  let turning: Promise<void> = Promise.resolve()

  async function turn(): Promise<void> {
    let after: ExpiryCursor | undefined
    while (!closing.signal.aborted) {
      after = await work(after)
      // At the end of the list it begins anew: what could not be ended is tried again then, and holds up nobody.
      if (!after) await pause.wait(deps.intervalMs)
    }
  }

  async function work(after: ExpiryCursor | undefined): Promise<ExpiryCursor | undefined> {
    try {
      const { holds, next } = await deps.expiries.listDue(after, deps.mostPerTurn)
      await Promise.all(holds.map(expire))
      return next
    } catch (error) {
      // The list is asked for again after a pause.
      leave(error)
      return undefined
    }
  }

  async function expire({ bank, id }: DueHold): Promise<void> {
    if (closing.signal.aborted) return
    try {
      const outcome = await deps.holds.expire(bank, id)
      deps.meters.expiries.inc({ outcome })
      if (outcome === 'expired') deps.logger.info({ authorizationId: id }, 'hold expired')
    } catch (error) {
      // Nothing of it was written; it stays on the list.
      leave(error)
    }
  }

  function leave(error: unknown): void {
    deps.meters.faults.inc({ step: 'expire' })
    deps.logger.error({ step: 'expire', err: error }, 'settlement step failed')
  }

  return {
    start: () => {
      turning = turn()
    },
    close: async (timeoutMs) => {
      closing.abort()
      pause.end()
      await settledWithin(timeoutMs, turning)
    },
  }
}
