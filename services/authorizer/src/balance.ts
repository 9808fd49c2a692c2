import type { Rail } from '@tolem/domain/card'
import { type Deadline, exchangeSlice, SHORTEST_EXCHANGE_CALL_MS } from '@tolem/domain/deadline'
import type { ExchangeId } from '@tolem/domain/ids'
import type { RailPort } from '@tolem/exchanges/port'
import type { FallBackPorts } from './fall-back.ts'
import type { KnownBalances } from './known-balances.ts'

/** Recording the next attempt: a commit of its own between the two calls. */
const RECORD_RESERVE_MS = 40

/** What must be left for recording another attempt, and making it. */
const LEAST_ATTEMPT_MS = RECORD_RESERVE_MS + SHORTEST_EXCHANGE_CALL_MS

/** What must be left for asking what the wallet holds, and another attempt. */
const LEAST_SLICE_MS = SHORTEST_EXCHANGE_CALL_MS + LEAST_ATTEMPT_MS

/** Asks a rail what a wallet could be debited, in at most half of what is left: the debit needs the other. */
export function createBalance(deps: {
  readonly railFor: (exchange: ExchangeId, rail: Rail) => RailPort | undefined
  readonly balances: Pick<KnownBalances, 'told' | 'refresh'>
  readonly monotonicNow: () => number
}): Pick<FallBackPorts, 'balance' | 'hasTime'> {
  const sliceOf = (deadline: Deadline) => exchangeSlice(deadline, deps.monotonicNow())
  return {
    async balance({ wallet }, deadline) {
      const rail = deps.railFor(wallet.exchange, wallet.rail)
      const sliceMs = sliceOf(deadline)
      // Nothing is remembered of a wallet that has nothing to choose from.
      const isRemembered = wallet.assets.length > 1
      if (!rail || sliceMs < LEAST_SLICE_MS) {
        // Too late for this purchase: the next one should know.
        if (isRemembered) void deps.balances.refresh(wallet)
        return undefined
      }
      const timeoutMs = Math.floor((sliceMs - RECORD_RESERVE_MS) / 2)
      const told = await rail.balances({ wallet }, { timeoutMs })
      if (!told.ok) return { stepOf: rail.stepOf, held: undefined }
      const held = new Map(told.value.map(({ asset, amount }) => [asset, amount]))
      if (isRemembered) deps.balances.told(wallet, held)
      return { stepOf: rail.stepOf, held }
    },
    hasTime: (deadline) => sliceOf(deadline) >= LEAST_ATTEMPT_MS,
  }
}
