import type { Recorded } from '@tolem/authorizations/movements'
import type { ClaimedReturn, Returns } from '@tolem/authorizations/returns'
import type { LookUpResult } from '@tolem/domain/movement'
import type { RailPort } from '@tolem/exchanges/port'
import type { Logger } from '@tolem/telemetry/logger'
import { type Backoff, delayAfter } from '../backoff.ts'
import type { Meters } from '../meters.ts'
import { inDoubt, nextForCredit, type Wait } from '../next-step.ts'
import { ESCALATION_LIMITS, PERSON_DELAY_MS, sendWithin, spanOf, TOO_LATE } from '../settling.ts'
import type { ReconciliationMeters } from './meters.ts'

export type ReturningDeps = {
  readonly returns: Returns
  readonly meters: Pick<ReconciliationMeters, 'returns'> &
    Pick<Meters, 'claimsLost' | 'escalations'>
  readonly logger: Logger
  /** In [0, 1). */
  readonly random: () => number
  readonly backoff: Backoff
  readonly creditTimeoutMs: number
  readonly leaseMs: number
}

/**
 * Gives back what was debited without a record. It is looked up before the first sending as well, from the debit on or
 * in the last day: another database, which this one was restored from before, may have sent it. What one sent earlier
 * than that stands in the exchange's list.
 *
 * @throws {PostgresFault} The credit is then free again when its lease ends.
 */
export async function settleReturn(
  deps: ReturningDeps,
  credit: ClaimedReturn,
  rail: RailPort,
): Promise<void> {
  const { debitedAt: createdAt, validUntil } = credit
  const found = await rail.lookUpCredit(credit.order, spanOf({ createdAt, validUntil }))
  const step = stepAfter(found, credit, rail)
  switch (step.kind) {
    case 'execute':
      return note(deps, credit, await deps.returns.execute(credit, step.exchangeReference))
    case 'send':
      return send(deps, credit, rail)
    case 'wait':
      return defer(deps, credit, step)
  }
}

/** What was never sent from here cannot be under way: its finding was looked at until nothing could be any more. */
function stepAfter(found: LookUpResult, credit: ClaimedReturn, { capabilities }: RailPort) {
  if (credit.state === 'intended' && (found.kind === 'not_found' || found.kind === 'refused'))
    return { kind: 'send' } as const
  return nextForCredit(found, credit, capabilities)
}

/** The sending is on record before its first byte, and ends with it: see `settleCredit`. */
async function send(deps: ReturningDeps, credit: ClaimedReturn, rail: RailPort): Promise<void> {
  const record = () => deps.returns.send(credit, deps.creditTimeoutMs, deps.leaseMs)
  const limit = await sendWithin(record, deps.creditTimeoutMs)
  if (limit === 'claim_lost') return noteLost(deps, credit)
  if (limit === 'too_late') return defer(deps, credit, inDoubt(TOO_LATE))
  const answer = await rail.credit(credit.order, limit)
  deps.meters.returns.inc({ rail: rail.rail, outcome: answer.kind })
  if (answer.kind !== 'credited') return defer(deps, credit, inDoubt(answer.detail))
  return note(deps, credit, await deps.returns.execute(credit, answer.exchangeReference))
}

async function defer(
  deps: ReturningDeps,
  credit: ClaimedReturn,
  { state, detail, isForPerson, finalInMs = Number.POSITIVE_INFINITY }: Wait,
): Promise<void> {
  const backoffMs = delayAfter(credit.attempts, deps.backoff, deps.random())
  const deferred = await deps.returns.defer(credit, {
    state,
    detail,
    delayMs: isForPerson ? PERSON_DELAY_MS : Math.min(backoffMs, finalInMs),
    escalate: isForPerson,
    limits: ESCALATION_LIMITS,
  })
  if (deferred.kind === 'claim_lost') return noteLost(deps, credit)
  if (!deferred.newlyEscalated) return
  deps.meters.escalations.inc({ kind: 'return' })
  deps.logger.error({ ...fieldsOf(credit), detail }, 'unmatched credit needs a person')
}

function note(deps: ReturningDeps, credit: ClaimedReturn, { kind }: Recorded): void {
  if (kind === 'claim_lost') return noteLost(deps, credit)
  deps.logger.warn(fieldsOf(credit), 'unmatched debit given back')
}

function noteLost({ meters, logger }: ReturningDeps, credit: ClaimedReturn): void {
  meters.claimsLost.inc({ kind: 'return' })
  logger.warn(fieldsOf(credit), 'claim lost: the result is dropped')
}

function fieldsOf({ order, exchange, attempts }: ClaimedReturn) {
  return { exchange, reference: order.reference, debit: order.debitReference, attempts }
}
