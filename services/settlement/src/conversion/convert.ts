import type { Conversions } from '@tolem/conversions'
import type { ClaimedConversion } from '@tolem/conversions/order'
import type { ConversionFill, ConversionTicket } from '@tolem/domain/conversion'
import type { ConversionPort } from '@tolem/exchanges/conversion-port'
import type { LookUpSpan } from '@tolem/exchanges/port'
import { conversionJournals } from '@tolem/ledger/conversions'
import type { Logger } from '@tolem/telemetry/logger'
import { type Backoff, delayAfter } from '../backoff.ts'
import { PERSON_DELAY_MS, SPAN_MARGIN_MS, sendWithin, TOO_LATE } from '../settling.ts'
import type { ConversionMeters } from './meters.ts'
import {
  type ConversionDelay,
  type ConversionStep,
  inDoubt,
  nextForConversion,
  nextForFill,
  type Refusal,
  type SentConversion,
} from './next-step.ts'

export type ConvertDeps = {
  readonly conversions: Conversions
  readonly meters: ConversionMeters
  readonly logger: Logger
  /** In [0, 1). */
  readonly random: () => number
  readonly backoff: Backoff
  readonly timeoutMs: number
  readonly leaseMs: number
}

// A person must know of an order that is not finished after a quarter of an hour.
const ESCALATE_AFTER_MS = 15 * 60_000

/** Orders in a row that came to nothing, after which a person must know. */
const MOST_REFUSALS = 5

/**
 * Brings a claimed order one step on: asks for its ticket, stores that, has it executed; or looks it up where it may
 * have been executed before. What was intended by somebody who then stopped was never sent, and its amount is of
 * another moment: it is given up, and the position is looked at anew. Gives why an order came to nothing, if it did.
 *
 * @throws {PostgresFault} The order is then free again when its lease ends.
 */
export async function convert(
  deps: ConvertDeps,
  conversion: ClaimedConversion,
  port: ConversionPort,
): Promise<Refusal | undefined> {
  if (isSent(conversion)) return lookUp(deps, conversion, port)
  if (conversion.attempts > 1) {
    const detail = 'whoever intended it never sent it'
    return act(deps, conversion, { kind: 'refuse', refusal: 'abandoned', detail })
  }
  const { order } = conversion
  const prepared = await port.prepare(order, { timeoutMs: deps.timeoutMs })
  if (!prepared.ok) {
    const detail = 'no ticket was given'
    return act(deps, conversion, { kind: 'refuse', refusal: prepared.reason, detail })
  }
  return execute(deps, { conversion, ticket: prepared.value, isAlone: true }, port)
}

function isSent(conversion: ClaimedConversion): conversion is SentConversion {
  return conversion.sent !== undefined
}

async function lookUp(
  deps: ConvertDeps,
  conversion: SentConversion,
  port: ConversionPort,
): Promise<Refusal | undefined> {
  const { order, sent } = conversion
  const found = await port.lookUp(order, sent.ticket, spanOf(conversion))
  deps.meters.lookUps.inc({ exchange: order.exchange, outcome: found.kind })
  const step = nextForConversion(found, conversion, port.capabilities)
  if (step.kind !== 'resend') return act(deps, conversion, step)
  return execute(deps, { conversion, ticket: sent.ticket, isAlone: false }, port)
}

/** The span of time in which the exchange must have recorded the order, if it took it. */
function spanOf({ createdAt, sent }: SentConversion): LookUpSpan {
  return {
    sentAfter: createdAt - SPAN_MARGIN_MS,
    sentBefore: sent.validUntil + SPAN_MARGIN_MS,
  }
}

type Sending = {
  readonly conversion: ClaimedConversion
  readonly ticket: ConversionTicket
  /** No earlier sending can still be executed. */
  readonly isAlone: boolean
}

/** The ticket is on record with the sending: only who knows it can look the order up. */
async function execute(
  deps: ConvertDeps,
  { conversion, ticket, isAlone }: Sending,
  port: ConversionPort,
): Promise<Refusal | undefined> {
  const { timeoutMs: validMs, leaseMs } = deps
  const record = () => deps.conversions.send(conversion, { ticket, validMs, leaseMs })
  const limit = await sendWithin(record, validMs)
  if (limit === 'claim_lost') return noteLost(deps, conversion)
  if (limit === 'too_late') return act(deps, conversion, inDoubt(TOO_LATE))
  const answer = await port.execute(conversion.order, ticket, limit)
  switch (answer.kind) {
    case 'filled':
      return act(deps, conversion, nextForFill(answer.fill, conversion))
    case 'open':
      return act(deps, conversion, { ...inDoubt('the exchange took it'), state: 'open' })
    case 'rejected': {
      const { reason: refusal, detail } = answer
      // A refusal says nothing about an earlier sending that may still be executed.
      const step = isAlone ? ({ kind: 'refuse', refusal, detail } as const) : inDoubt(detail)
      return act(deps, conversion, step)
    }
    case 'in_doubt':
      return act(deps, conversion, inDoubt(answer.detail))
  }
}

function act(
  deps: ConvertDeps,
  conversion: ClaimedConversion,
  step: ConversionStep,
): Promise<Refusal | undefined> {
  switch (step.kind) {
    case 'fill':
      return fill(deps, conversion, step.fill)
    case 'refuse':
      return refuse(deps, conversion, step)
    case 'wait':
      return defer(deps, conversion, step)
  }
}

async function fill(
  deps: ConvertDeps,
  conversion: ClaimedConversion,
  did: ConversionFill,
): Promise<undefined> {
  const { order } = conversion
  const postings = conversionJournals(order, did)
  const recorded = await deps.conversions.fill(conversion, did, postings)
  if (recorded.kind === 'claim_lost') return noteLost(deps, conversion)
  const outcome = did.amount === order.amount ? 'filled' : 'partly_filled'
  count(deps, conversion, outcome)
  deps.logger.info({ ...fieldsOf(conversion), outcome }, 'converted')
}

async function refuse(
  deps: ConvertDeps,
  conversion: ClaimedConversion,
  { refusal, detail }: { readonly refusal: Refusal; readonly detail: string },
): Promise<Refusal | undefined> {
  const recorded = await deps.conversions.refuse(conversion, refusal, detail)
  if (recorded.kind === 'claim_lost') return noteLost(deps, conversion)
  count(deps, conversion, refusal)
  deps.logger.warn({ ...fieldsOf(conversion), refusal, detail }, 'conversion came to nothing')
  if (recorded.refusals === MOST_REFUSALS) escalate(deps, conversion, refusal)
  return refusal
}

async function defer(
  deps: ConvertDeps,
  conversion: ClaimedConversion,
  { state, detail, isForPerson, finalInMs = Number.POSITIVE_INFINITY }: ConversionDelay,
): Promise<undefined> {
  const backoffMs = delayAfter(conversion.attempts, deps.backoff, deps.random())
  const deferred = await deps.conversions.defer(conversion, {
    state,
    detail,
    delayMs: isForPerson ? PERSON_DELAY_MS : Math.min(backoffMs, finalInMs),
    escalate: isForPerson,
    longestAgeMs: ESCALATE_AFTER_MS,
  })
  if (deferred.kind === 'claim_lost') return noteLost(deps, conversion)
  if (deferred.newlyEscalated) escalate(deps, conversion, detail)
}

function count({ meters }: ConvertDeps, { order }: ClaimedConversion, outcome: string): void {
  const { exchange, asset, side } = order
  meters.orders.inc({ exchange, asset, side, outcome })
}

function escalate(
  { meters, logger }: ConvertDeps,
  conversion: ClaimedConversion,
  detail: string,
): void {
  meters.escalations.inc({ kind: 'conversion' })
  logger.error({ ...fieldsOf(conversion), detail }, 'conversion needs a person')
}

/** Another writer came first. */
function noteLost({ meters, logger }: ConvertDeps, conversion: ClaimedConversion): undefined {
  meters.claimsLost.inc({ kind: 'conversion' })
  logger.warn(fieldsOf(conversion), 'claim lost: the result is dropped')
}

function fieldsOf({ order, attempts }: ClaimedConversion) {
  const { reference, exchange, asset, side } = order
  return { reference, exchange, asset, side, attempts }
}
