import type { MovementReference } from '@tolem/domain/ids'
import type { DebitOrder, DebitResult } from '@tolem/domain/movement'
import { accept, refuse } from '@tolem/domain/outcome'
import type { CallLimit, RailPort } from '@tolem/exchanges/port'
import { amountOf } from '@tolem/money/amount'
import type { Execution } from './scripted-exchange.ts'

/** What one sending of a debit comes to. Where funds are set, the wallet must hold as much, or it is rejected. */
export type DebitFate = 'debited' | 'answer_lost' | 'executed_late' | 'lost' | 'rejected'

/** The wallets at a scripted exchange: where funds are set debits are bounded by them, and balances are told. */
export function createWallets(books: {
  readonly debits: ReadonlyMap<MovementReference, DebitFate[]>
  readonly funds: Map<string, bigint>
  readonly executions: Execution[]
  readonly notFoundIsFinalAfterMs: number
}): {
  readonly debit: (order: DebitOrder, limit: CallLimit) => DebitResult
  readonly balances: (
    order: Pick<DebitOrder, 'wallet'>,
  ) => Awaited<ReturnType<RailPort['balances']>>
} {
  const { debits, funds, executions, notFoundIsFinalAfterMs } = books

  function execute(order: DebitOrder, at: number, validUntil: number): void {
    const held = funds.get(order.wallet.walletId)
    if (held !== undefined) funds.set(order.wallet.walletId, held - order.amount)
    const visibleAt = validUntil + notFoundIsFinalAfterMs
    executions.push({ kind: 'debit', order, at, visibleAt })
  }

  return {
    debit(order, { timeoutMs }) {
      const fate = debits.get(order.reference)?.shift() ?? 'debited'
      const held = funds.get(order.wallet.walletId) ?? order.amount
      if (fate === 'rejected' || held < order.amount)
        return { kind: 'rejected', reason: 'insufficient_funds', detail: 'too little' }
      const now = Date.now()
      const validUntil = now + timeoutMs
      if (fate !== 'lost') execute(order, fate === 'executed_late' ? validUntil : now, validUntil)
      return fate === 'debited'
        ? { kind: 'debited', exchangeReference: `x-${order.reference}` }
        : { kind: 'in_doubt', detail: fate }
    },
    balances({ wallet }) {
      const held = funds.get(wallet.walletId)
      if (held === undefined) return refuse('unavailable')
      return accept(wallet.assets.map((asset) => ({ asset, amount: amountOf(asset, held) })))
    },
  }
}
