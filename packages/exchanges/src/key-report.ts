import type { Rail } from '@tolem/domain/card'
import type { ExchangeId } from '@tolem/domain/ids'
import type { Outcome } from '@tolem/domain/outcome'
import type { CallLimit } from './port.ts'

/** What an exchange says about one of our keys. */
export type KeyReport = {
  /** A key that can withdraw can empty the account: no programme needs one. */
  readonly canWithdraw: boolean
  /** The exchange takes the key from named addresses only. */
  readonly isIpRestricted: boolean
  /** What the key would need for its use and does not have, in the exchange's own words; empty when it suffices. */
  readonly missing: readonly string[]
}

/** Asks once, moves nothing, never throws. `unsupported`: the exchange has no such call at this host. */
export type ReadKey = (
  limit: CallLimit,
) => Promise<Outcome<KeyReport, 'unavailable' | 'unsupported'>>

/** One key of a programme at the host where it is used, for the check at start. */
export type KeyPort = {
  readonly exchange: ExchangeId
  readonly usedFor: Rail | 'conversion'
  readonly readKey: ReadKey
}
