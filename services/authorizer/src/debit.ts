import type { Rail } from '@tolem/domain/card'
import { type Deadline, exchangeSlice } from '@tolem/domain/deadline'
import type { ExchangeId } from '@tolem/domain/ids'
import type { DebitOrder, DebitResult } from '@tolem/domain/movement'
import type { CallLimit, RailPort } from '@tolem/exchanges/port'
import { momentNow } from '@tolem/exchanges/time-left'
import type { KnownBalances } from './known-balances.ts'

/** Asks for all debits of one attempt at once, and gives their results in the same order. */
export type Debit = (
  orders: readonly DebitOrder[],
  deadline: Deadline,
) => Promise<readonly DebitResult[]>

/** Sends each debit once, all at the same time, inside what the deadline leaves to the exchange. */
export function createDebit(deps: {
  readonly railFor: (exchange: ExchangeId, rail: Rail) => RailPort | undefined
  readonly balances: KnownBalances
  readonly monotonicNow: () => number
}): Debit {
  const { balances } = deps

  function send(order: DebitOrder, limit: CallLimit): Promise<DebitResult> {
    const { wallet } = order
    const rail = deps.railFor(wallet.exchange, wallet.rail)
    return rail && limit.timeoutMs > 0 ? rail.debit(order, limit) : Promise.resolve(NOT_SENT)
  }

  async function sendOfSeveral(order: DebitOrder, limit: CallLimit): Promise<DebitResult> {
    balances.lower(order)
    const result = await send(order, limit)
    if (result.kind === 'rejected') {
      if (result.reason === 'insufficient_funds') balances.forget(order.wallet)
      else balances.raise(order)
    }
    return result
  }

  return async (orders, deadline) => {
    // A process that is stopped from here on sends nothing that would be executed after the deadline.
    const from = momentNow()
    const limit = { timeoutMs: exchangeSlice(deadline, deps.monotonicNow()), from }
    const [only] = orders
    // Nothing is remembered of a wallet that has nothing to choose from.
    if (only?.wallet.assets.length === 1) return [await send(only, limit)]
    const results = await Promise.all(orders.map((order) => sendOfSeveral(order, limit)))
    // What a wallet that proved too small holds is asked by the fall-back.
    if (only && !shortfallOf(results)) void balances.refresh(only.wallet)
    return results
  }
}

/** How the only debit of an attempt was refused for want of funds, where it was: nothing has moved then. */
export function shortfallOf(
  results: readonly DebitResult[],
): Extract<DebitResult, { readonly kind: 'rejected' }> | undefined {
  const [result] = results
  if (results.length > 1 || result?.kind !== 'rejected') return undefined
  return result.reason === 'insufficient_funds' ? result : undefined
}

const NOT_SENT = {
  kind: 'rejected',
  reason: 'deadline_exceeded',
  detail: 'not sent: too little of the budget was left',
} as const
