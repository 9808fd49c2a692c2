import { createHolds, type Holds } from '@tolem/authorizations/holds'
import { toApprovalCode } from '@tolem/domain/decision'
import { holdJournals } from '@tolem/ledger/holds'
import type { Postgres } from '@tolem/postgres/pool'
import type { RailFinder } from './terms.ts'

// Settlement hands in one batch, or as many expiries as it works on at once: never a queue of them.
const MOST_QUEUED = 1_000

/** The record of holds as settlement uses it. A hold whose rail is not in the programme any more waits for it. */
export function openHolds(postgres: Postgres, rails: RailFinder): Holds {
  return createHolds({
    postgres,
    maxQueued: MOST_QUEUED,
    stepOf: (exchange, rail, asset) => {
      const port = rails.railFor(exchange, rail)
      if (!port) throw new Error(`the programme has no rail ${exchange}/${rail}`)
      return port.stepOf(asset)
    },
    journalsOf: holdJournals,
    approvalCodeOf: toApprovalCode,
  })
}
