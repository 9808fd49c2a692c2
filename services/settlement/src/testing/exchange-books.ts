import type { MovementReference } from '@tolem/domain/ids'
import type { Execution, ScriptedExchange } from './scripted-exchange.ts'

/** Lets an exchange forget all that it executed. */
export function emptyBooks({ executions }: ScriptedExchange): void {
  ;(executions as unknown[]).length = 0
}

/** What a wallet is short of at the exchange. */
export function takenFrom({ executions }: ScriptedExchange, walletId: string): bigint {
  return executions
    .filter(({ order }) => order.wallet.walletId === walletId)
    .reduce(
      (sum, { kind, order }) => sum + (kind === 'debit' ? order.amount : 0n - order.amount),
      0n,
    )
}

/** Lets an exchange have executed a movement so long ago. */
export function backdate(
  { executions }: ScriptedExchange,
  reference: MovementReference,
  ms: number,
): void {
  const index = executions.findIndex(({ order }) => order.reference === reference)
  const execution = executions[index]
  if (execution) (executions as Execution[])[index] = { ...execution, at: Date.now() - ms }
}
