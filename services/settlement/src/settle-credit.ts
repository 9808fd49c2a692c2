import type { ClaimedCredit } from '@tolem/authorizations/movements'
import type { RailPort } from '@tolem/exchanges/port'
import { inDoubt, nextForCredit } from './next-step.ts'
import {
  defer,
  executionOf,
  note,
  noteLost,
  type SettlingDeps,
  sendWithin,
  spanOf,
  TOO_LATE,
} from './settling.ts'

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

async function send(
  deps: SettlingDeps,
  { credit, isAlone }: Sending,
  rail: RailPort,
): Promise<void> {
  const { movements, creditTimeoutMs, leaseMs } = deps
  const record = () => movements.sendCredit(credit, creditTimeoutMs, leaseMs)
  const limit = await sendWithin(record, creditTimeoutMs)
  if (limit === 'claim_lost') return noteLost(deps, credit)
  if (limit === 'too_late') return defer(deps, credit, inDoubt(TOO_LATE))
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
