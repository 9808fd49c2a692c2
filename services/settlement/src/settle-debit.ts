import type { ClaimedDebit } from '@tolem/authorizations/movements'
import type { RailPort } from '@tolem/exchanges/port'
import { nextForDebit } from './next-step.ts'
import { defer, executionOf, note, type SettlingDeps, spanOf } from './settling.ts'

/**
 * Looks a debit up that nobody knows the end of and records what the exchange says. It is never sent from here: too
 * late to approve anything, an executed debit is only good for being credited back.
 *
 * @throws {PostgresFault} The movement is then free again when its lease ends.
 */
export async function settleDebit(
  deps: SettlingDeps,
  debit: ClaimedDebit,
  rail: RailPort,
): Promise<void> {
  const found = await rail.lookUpDebit(debit.order, spanOf(debit))
  deps.meters.lookUps.inc({ rail: rail.rail, kind: 'debit', outcome: found.kind })
  const step = nextForDebit(found, debit, rail.capabilities)
  switch (step.kind) {
    case 'execute': {
      const execution = executionOf(debit, rail, step)
      return note(deps, debit, await deps.movements.executeDebit(debit, execution))
    }
    case 'refuse':
      return note(deps, debit, await deps.movements.refuseDebit(debit, step.detail))
    case 'wait':
      return defer(deps, debit, step)
  }
}
