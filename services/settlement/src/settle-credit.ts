import type { ClaimedCredit } from '@tolem/authorizations/movements'
import type { RailPort } from '@tolem/exchanges/port'
import { limitWithin, momentNow } from '@tolem/exchanges/time-left'
import { inDoubt, nextForCredit } from './next-step.ts'
import { defer, executionOf, note, type SettlingDeps, spanOf } from './settling.ts'

// With less time than this a credit has no chance of an answer and would only be in doubt.
const SHORTEST_CREDIT_MS = 20

/**
 * Sends a credit, or looks it up first when it may have been sent before, and records what the exchange says. A credit
 * is never given up: what is refused is sent again, later each time.
 *
 * @throws {PostgresFault} The movement is then free again when its lease ends.
 */
export async function settleCredit(
  deps: SettlingDeps,
  credit: ClaimedCredit,
  rail: RailPort,
): Promise<void> {
  if (credit.state === 'intended') return send(deps, { credit, isAlone: true }, rail)
  const found = await rail.lookUpCredit(credit.order, spanOf(credit))
  deps.meters.lookUps.inc({ rail: rail.rail, kind: 'credit', outcome: found.kind })
  const step = nextForCredit(found, credit, rail.capabilities)
  switch (step.kind) {
    case 'execute': {
      const execution = executionOf(credit, rail, step)
      return note(deps, credit, await deps.movements.executeCredit(credit, execution))
    }
    case 'send':
      return send(deps, { credit, isAlone: step.isAlone }, rail)
    case 'wait':
      return defer(deps, credit, step)
  }
}

type Sending = { readonly credit: ClaimedCredit; readonly isAlone: boolean }

/**
 * The sending is on record before its first byte, and its validity at the exchange ends with the record's, however long
 * this instance is stopped in between: it cannot send what another one may already have looked up as final.
 */
async function send(
  deps: SettlingDeps,
  { credit, isAlone }: Sending,
  rail: RailPort,
): Promise<void> {
  const startedAt = momentNow()
  const sending = await deps.movements.sendCredit(credit, deps.creditTimeoutMs, deps.leaseMs)
  if (sending.kind === 'claim_lost') return note(deps, credit, sending)
  const limit = limitWithin(startedAt, deps.creditTimeoutMs)
  if (limit.timeoutMs < SHORTEST_CREDIT_MS)
    return defer(deps, credit, inDoubt('too late to be sent'))
  const answer = await rail.credit(credit.order, limit)
  deps.meters.credits.inc({ rail: rail.rail, outcome: answer.kind })
  switch (answer.kind) {
    case 'credited': {
      const execution = executionOf(credit, rail, answer)
      return note(deps, credit, await deps.movements.executeCredit(credit, execution))
    }
    case 'rejected': {
      // A refusal says nothing about an earlier sending that may still be executed.
      const state = isAlone ? 'intended' : 'in_doubt'
      return defer(deps, credit, { ...inDoubt(answer.detail), state })
    }
    case 'in_doubt':
      return defer(deps, credit, inDoubt(answer.detail))
  }
}
