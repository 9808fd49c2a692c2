import type { Rail } from '@tolem/domain/card'
import { exchangeSlice, SHORTEST_EXCHANGE_CALL_MS } from '@tolem/domain/deadline'
import type { ExchangeId } from '@tolem/domain/ids'
import type { RailPort } from '@tolem/exchanges/port'
import type { FallBackPorts } from './fall-back.ts'

/** Recording the second debit: a commit of its own between the two calls. */
const RECORD_RESERVE_MS = 40

/** What must be left for asking what the wallet holds, recording less, and debiting that. */
const LEAST_SLICE_MS = 2 * SHORTEST_EXCHANGE_CALL_MS + RECORD_RESERVE_MS

/** Asks a rail what a wallet could be debited, in at most half of what is left: the debit needs the other. */
export function createBalance(deps: {
  readonly railFor: (exchange: ExchangeId, rail: Rail) => RailPort | undefined
  readonly monotonicNow: () => number
}): FallBackPorts['balance'] {
  return async ({ wallet, asset }, deadline) => {
    const rail = deps.railFor(wallet.exchange, wallet.rail)
    const sliceMs = exchangeSlice(deadline, deps.monotonicNow())
    if (!rail || sliceMs < LEAST_SLICE_MS) return undefined
    const timeoutMs = Math.floor((sliceMs - RECORD_RESERVE_MS) / 2)
    const balances = await rail.balances({ wallet }, { timeoutMs })
    const found = balances.ok ? balances.value.find((money) => money.asset === asset) : undefined
    return { step: rail.stepOf(asset), available: found?.amount }
  }
}
