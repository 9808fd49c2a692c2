import type { ClaimedMandate, Mandates, MandateWrite } from '@tolem/cards/mandates'
import type { MandateState, SignedMandate } from '@tolem/domain/mandate'
import type { KnownMandate, MandatePort } from '@tolem/exchanges/mandate-port'
import type { Logger } from '@tolem/telemetry/logger'
import { type Backoff, delayAfter } from '../backoff.ts'
import { PERSON_DELAY_MS } from '../settling.ts'
import type { MandateMeters } from './meters.ts'
import { type MandateStep, type MandateWait, nextForMandate, stuck } from './next-step.ts'

export type SettleMandateDeps = {
  readonly mandates: Mandates
  readonly meters: MandateMeters
  readonly logger: Logger
  /** In [0, 1). */
  readonly random: () => number
  readonly timeoutMs: number
  readonly backoff: Backoff
  /** How often an offered mandate is looked at in its first minute, and a signed one for as long as it lasts. */
  readonly offeredPollMs: number
  readonly signedPollMs: number
}

// Who has not signed within a minute may take hours: then a tenth of the waiting so far is soon enough.
const SHARE_OF_AGE = 10
const MOST_POLLS = 60

/**
 * Brings one mandate one step further: asks the exchange how it stands, and does what that says must be done.
 *
 * @throws {PostgresFault} The mandate is then free again when its lease ends, and the exchange is asked first.
 */
export async function settleMandate(
  deps: SettleMandateDeps,
  mandate: ClaimedMandate,
  port: MandatePort,
): Promise<void> {
  const { signed } = mandate
  if (mandate.status === 'ending' && signed) return end(deps, { mandate, signed }, port)
  const found = await find(deps, knownOf(mandate), port)
  return take(deps, { mandate, step: nextForMandate(mandate, found), found }, port)
}

async function find(
  { meters, timeoutMs }: SettleMandateDeps,
  known: KnownMandate,
  port: MandatePort,
): Promise<MandateState> {
  const found = await port.find(known, { timeoutMs })
  meters.calls.inc({ rail: port.rail, call: 'find', outcome: found.kind })
  return found
}

async function take(
  deps: SettleMandateDeps,
  taking: {
    readonly mandate: ClaimedMandate
    readonly step: MandateStep
    readonly found: MandateState
  },
  port: MandatePort,
): Promise<void> {
  const { mandate, step, found } = taking
  switch (step.kind) {
    case 'ask':
      return ask(deps, { mandate, isUnknown: step.isUnknown }, port)
    case 'sign': {
      const signed = onlySigned(step.signed)
      const signing = { signed, delayMs: signedDelay(deps, mandate, signed) }
      return note(deps, mandate, await deps.mandates.sign(mandate, signing))
    }
    case 'end':
      return end(deps, { mandate, signed: onlySigned(step.signed) }, port)
    case 'close': {
      const { status, reason } = step
      const detail = 'detail' in found ? { detail: found.detail } : {}
      if (status === 'ended')
        return note(deps, mandate, await deps.mandates.end(mandate, { reason, ...detail }))
      return write(deps, mandate, { status, reason, ...detail })
    }
    case 'wait':
      return wait(deps, mandate, step)
  }
}

/** Asks for the mandate once more, under its one reference. */
async function ask(
  deps: SettleMandateDeps,
  { mandate, isUnknown }: { readonly mandate: ClaimedMandate; readonly isUnknown: boolean },
  port: MandatePort,
): Promise<void> {
  const order = deps.mandates.toOrder(mandate)
  const result = await port.offer(order, { timeoutMs: deps.timeoutMs })
  deps.meters.calls.inc({ rail: port.rail, call: 'offer', outcome: result.kind })
  switch (result.kind) {
    case 'offered': {
      const { offer } = result
      return write(deps, mandate, { status: 'offered', offer, delayMs: deps.offeredPollMs })
    }
    case 'rejected': {
      const { detail } = result
      // A refusal says nothing about what an earlier call of the same reference made.
      if (!isUnknown) return wait(deps, mandate, stuck(detail))
      return write(deps, mandate, { status: 'refused', reason: 'refused_at_exchange', detail })
    }
    case 'in_doubt':
      return wait(deps, mandate, stuck(result.detail))
  }
}

/** Ends it at the exchange, unless it is ended there already: by the cardholder, or by a call whose answer was lost. */
async function end(
  deps: SettleMandateDeps,
  { mandate, signed }: { readonly mandate: ClaimedMandate; readonly signed: SignedMandate },
  port: MandatePort,
): Promise<void> {
  const known = { ...knownOf(mandate), ...namesOf(signed) }
  const result = await port.end(known, { timeoutMs: deps.timeoutMs })
  deps.meters.calls.inc({ rail: port.rail, call: 'end', outcome: result.kind })
  // An exchange may refuse to end what is ended already, without a word for that: then only its record tells.
  if (result.kind !== 'ended' && (await find(deps, known, port)).kind !== 'ended')
    return wait(deps, mandate, { ...stuck(result.detail), isForPerson: result.kind === 'rejected' })
  const { reason = 'replaced' } = mandate
  return note(deps, mandate, await deps.mandates.end(mandate, { reason }))
}

function wait(deps: SettleMandateDeps, mandate: ClaimedMandate, step: MandateWait): Promise<void> {
  const { status } = mandate
  const { detail, isStuck, isForPerson } = step
  const delayMs = isStuck ? stuckDelay(deps, mandate, isForPerson) : pollDelay(deps, mandate)
  return write(deps, mandate, { status, detail, delayMs, isStuck, isForPerson })
}

/** Where a signed mandate cannot be looked at, the card still pays: that need not be asked every half minute. */
function stuckDelay(
  { backoff, signedPollMs, random }: SettleMandateDeps,
  { status, attempts }: ClaimedMandate,
  isForPerson: boolean,
): number {
  if (isForPerson) return PERSON_DELAY_MS
  const longestMs =
    status === 'signed' ? Math.max(signedPollMs, backoff.longestMs) : backoff.longestMs
  return delayAfter(attempts, { ...backoff, longestMs }, random())
}

function pollDelay(deps: SettleMandateDeps, mandate: ClaimedMandate): number {
  const { claimedAt, createdAt, status, signed } = mandate
  if (status === 'signed') return signedDelay(deps, mandate, signed)
  const grown = (claimedAt - createdAt) / SHARE_OF_AGE
  const longestMs = deps.offeredPollMs * MOST_POLLS
  return Math.round(Math.min(Math.max(grown, deps.offeredPollMs), longestMs))
}

/** Looked at when it ends by itself, if that comes first. */
function signedDelay(
  { signedPollMs, offeredPollMs }: SettleMandateDeps,
  { claimedAt }: ClaimedMandate,
  signed: SignedMandate | undefined,
): number {
  const untilEndMs = (signed?.endsAt ?? Number.POSITIVE_INFINITY) - claimedAt
  return Math.round(Math.min(signedPollMs, Math.max(untilEndMs, offeredPollMs)))
}

async function write(
  deps: SettleMandateDeps,
  mandate: ClaimedMandate,
  change: MandateWrite,
): Promise<void> {
  const written = await deps.mandates.write(mandate, change)
  if (written.kind === 'claim_lost') return note(deps, mandate, 'claim_lost')
  if (change.status !== mandate.status) note(deps, mandate, change.status)
  if (!written.newlyEscalated) return
  deps.meters.escalations.inc({ rail: mandate.rail })
  deps.logger.error({ ...fieldsOf(mandate), detail: change.detail }, 'mandate needs a person')
}

/** Tells what a mandate became, or that somebody else came first. */
function note(
  { meters, logger }: SettleMandateDeps,
  mandate: ClaimedMandate,
  outcome: ClaimedMandate['status'] | 'claim_lost',
): void {
  meters.mandates.inc({ rail: mandate.rail, outcome })
  logger.info({ ...fieldsOf(mandate), outcome }, 'mandate looked at')
}

function fieldsOf({ id, reference, exchange, rail, status, attempts }: ClaimedMandate) {
  return { mandateId: id, reference, exchange, rail, status, attempts }
}

function knownOf({ reference, offer, signed }: ClaimedMandate): KnownMandate {
  return {
    reference,
    ...(offer?.exchangeReference !== undefined && { exchangeReference: offer.exchangeReference }),
    ...(signed && namesOf(signed)),
  }
}

function namesOf({ walletId, userId }: SignedMandate) {
  return { walletId, ...(userId !== undefined && { userId }) }
}

function onlySigned({ walletId, userId, endsAt }: SignedMandate): SignedMandate {
  return {
    ...namesOf({ walletId, ...(userId !== undefined && { userId }) }),
    ...(endsAt !== undefined && { endsAt }),
  }
}
