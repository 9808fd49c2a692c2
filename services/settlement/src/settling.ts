import type { ClaimedMovement, Movements, Recorded } from '@tolem/authorizations/movements'
import type { CallLimit, LookUpSpan, RailPort } from '@tolem/exchanges/port'
import { limitWithin, momentNow } from '@tolem/exchanges/time-left'
import { LEDGER_ACCOUNTS } from '@tolem/ledger'
import type { Logger } from '@tolem/telemetry/logger'
import { type Backoff, delayAfter } from './backoff.ts'
import type { Meters } from './meters.ts'
import type { Wait } from './next-step.ts'

export type SettlingDeps = {
  readonly movements: Movements
  readonly meters: Meters
  readonly logger: Logger
  /** In [0, 1). */
  readonly random: () => number
  readonly backoff: Backoff
  readonly creditTimeoutMs: number
  readonly debitTimeoutMs: number
  readonly leaseMs: number
}

// A person must know of money that is still on its way after a quarter of an hour. At the longest delay between
// attempts forty of them take about that long.
/** When an open movement is shown to a person. */
export const ESCALATION_LIMITS = { ageMs: 15 * 60_000, attempts: 40 }

// What only a person can resolve is looked at again now and then, in case the exchange corrects its records.
/** How long what only a person can resolve waits for its next look-up. */
export const PERSON_DELAY_MS = 5 * 60_000

// The exchange's clock and ours differ, and its history may carry the time of booking.
/** How much longer than it could be executed something is looked for, before and after. */
export const SPAN_MARGIN_MS = 5 * 60_000

// Binance and Bybit search at most seven days of their history at once. A credit is only sent again after a look-up
// found nothing, so the last day of a long-lived one can hold it.
const LONGEST_SPAN_MS = 24 * 60 * 60_000

// With less time than this a call has no chance of an answer and would only be in doubt.
const SHORTEST_CALL_MS = 20

/**
 * Puts a sending on record before its first byte, and gives how long the call may take: its validity at the exchange
 * ends with the record's, `ms` after it was begun, however long this instance is stopped in between. It cannot send
 * what another one may already have looked up as final. Nothing may be sent where it gives why instead.
 */
export async function sendWithin<Refusal extends { readonly kind: string }>(
  record: () => Promise<{ readonly kind: 'recorded' } | Refusal>,
  ms: number,
): Promise<CallLimit | Refusal['kind'] | 'too_late'> {
  const startedAt = momentNow()
  const sending = await record()
  if (sending.kind !== 'recorded') return sending.kind
  const limit = limitWithin(startedAt, ms)
  return limit.timeoutMs < SHORTEST_CALL_MS ? 'too_late' : limit
}

/** What is recorded of a call that {@link sendWithin} did not let out any more. */
export const TOO_LATE = 'too late to be sent'

/** Puts a movement off, later each time, and tells when it newly needs a person. */
export async function defer(
  deps: SettlingDeps,
  movement: ClaimedMovement,
  { state, detail, isForPerson, finalInMs = Number.POSITIVE_INFINITY }: Wait,
): Promise<void> {
  const backoffMs = delayAfter(movement.attempts, deps.backoff, deps.random())
  const deferred = await deps.movements.defer(movement, {
    state,
    detail,
    delayMs: isForPerson ? PERSON_DELAY_MS : Math.min(backoffMs, finalInMs),
    escalate: isForPerson,
    limits: ESCALATION_LIMITS,
  })
  if (deferred.kind === 'claim_lost') return noteLost(deps, movement)
  if (!deferred.newlyEscalated) return
  deps.meters.escalations.inc({ kind: movement.kind })
  deps.logger.error({ ...fieldsOf(movement), detail }, 'movement needs a person')
}

/** Tells how a movement ended, or that another writer came first and this result is dropped. */
export function note(deps: SettlingDeps, movement: ClaimedMovement, { kind }: Recorded): void {
  if (kind === 'claim_lost') return noteLost(deps, movement)
  deps.logger.info(fieldsOf(movement), 'movement settled')
}

/** Tells that another writer came first. */
export function noteLost({ meters, logger }: SettlingDeps, movement: ClaimedMovement): void {
  meters.claimsLost.inc({ kind: movement.kind })
  logger.warn(fieldsOf(movement), 'claim lost: the result is dropped')
}

function fieldsOf({ kind, order, authorizationId, attempts }: ClaimedMovement) {
  return { kind, reference: order.reference, authorizationId, attempts }
}

/** The span of time in which the exchange must have recorded the movement, if it executed it. */
export function spanOf({
  createdAt,
  validUntil,
}: Pick<ClaimedMovement, 'createdAt' | 'validUntil'>): LookUpSpan {
  return {
    sentAfter: Math.max(createdAt, validUntil - LONGEST_SPAN_MS) - SPAN_MARGIN_MS,
    sentBefore: validUntil + SPAN_MARGIN_MS,
  }
}

/** What is recorded of an executed movement: the exchange's name for it and the ledger accounts it is between. */
export function executionOf(
  { bank, cardToken, order: { asset } }: ClaimedMovement,
  { exchange }: RailPort,
  { exchangeReference }: { readonly exchangeReference: string },
) {
  return {
    exchangeReference,
    walletAccount: LEDGER_ACCOUNTS.cardholderWallet({ bank, cardToken, exchange, asset }),
    programmeAccount: LEDGER_ACCOUNTS.programmeSettlement(exchange, asset),
  }
}
