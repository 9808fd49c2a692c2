import type { Collections } from '@tolem/authorizations/collections'
import type { ClaimedDebit } from '@tolem/authorizations/movements'
import type { RailPort } from '@tolem/exchanges/port'
import { collectionJournal } from '@tolem/ledger'
import type { Backoff } from './backoff.ts'
import { inDoubt, nextForDebit } from './next-step.ts'
import {
  defer,
  note,
  noteLost,
  type SettlingDeps,
  sendWithin,
  spanOf,
  TOO_LATE,
} from './settling.ts'

export type CollectingDeps = SettlingDeps & {
  readonly collections: Collections
  /** Pauses before the next debit of an exposure. */
  readonly collectionBackoff: Backoff
  readonly escalateAfterMs: number
}

// A debit that waited for longer is priced anew: its quote is not what the market says any more.
const QUOTE_LASTS_MS = 60_000

/**
 * Sends the debit of a collection once, and records what the exchange says. One that may have been sent is only looked
 * up, never sent again: what is found not to have happened is refused, and its exposure collected by another debit.
 *
 * @throws {PostgresFault} The movement is then free again when its lease ends.
 */
export async function settleCollection(
  deps: CollectingDeps,
  debit: ClaimedDebit,
  rail: RailPort,
): Promise<void> {
  if (debit.state === 'intended') return send(deps, debit, rail)
  const found = await rail.lookUpDebit(debit.order, spanOf(debit))
  deps.meters.lookUps.inc({ rail: rail.rail, kind: 'debit', outcome: found.kind })
  const step = nextForDebit(found, debit, rail.capabilities)
  switch (step.kind) {
    case 'execute':
      return execute(deps, debit, { rail, exchangeReference: step.exchangeReference })
    case 'refuse':
      return refuse(deps, debit, { detail: step.detail, counts: true })
    case 'wait':
      return defer(deps, debit, step)
  }
}

async function send(deps: CollectingDeps, debit: ClaimedDebit, rail: RailPort): Promise<void> {
  if (debit.claimedAt - debit.createdAt > QUOTE_LASTS_MS)
    return refuse(deps, debit, { detail: 'not sent: its quote is too old', counts: false })
  const { collections, debitTimeoutMs, leaseMs } = deps
  const record = () => collections.send(debit, debitTimeoutMs, leaseMs)
  const limit = await sendWithin(record, debitTimeoutMs)
  if (limit === 'claim_lost') return noteLost(deps, debit)
  if (limit === 'not_owed')
    return refuse(deps, debit, { detail: 'not sent: less is owed by now', counts: false })
  if (limit === 'too_late') return defer(deps, debit, inDoubt(TOO_LATE))
  const answer = await rail.debit(debit.order, limit)
  deps.meters.debits.inc({ rail: rail.rail, outcome: answer.kind })
  switch (answer.kind) {
    case 'debited':
      return execute(deps, debit, { rail, exchangeReference: answer.exchangeReference })
    case 'rejected': {
      const detail = `${answer.reason}: ${answer.detail}`
      return refuse(deps, debit, { detail, counts: true })
    }
    case 'in_doubt':
      return defer(deps, debit, inDoubt(answer.detail))
  }
}

async function execute(
  deps: CollectingDeps,
  debit: ClaimedDebit,
  { rail, exchangeReference }: { readonly rail: RailPort; readonly exchangeReference: string },
): Promise<void> {
  const { bank, cardToken, exchange, order } = debit
  const { reference, asset, amount } = order
  const wallet = { bank, cardToken, exchange, asset }
  const recorded = await deps.collections.execute(debit, {
    exchangeReference,
    step: rail.stepOf(asset),
    journal: (paid) => collectionJournal(reference, wallet, { debit: amount, ...paid }),
    pauses: pausesOf(deps),
  })
  note(deps, debit, recorded)
}

async function refuse(
  deps: CollectingDeps,
  debit: ClaimedDebit,
  refused: { readonly detail: string; readonly counts: boolean },
): Promise<void> {
  const recorded = await deps.collections.refuse(debit, {
    ...refused,
    pauses: pausesOf(deps),
    longestAgeMs: deps.escalateAfterMs,
  })
  if (recorded.kind === 'claim_lost') return noteLost(deps, debit)
  const { authorizationId, order } = debit
  const fields = { authorizationId, reference: order.reference, detail: refused.detail }
  deps.logger.info(fields, 'collection refused')
  if (!recorded.newlyEscalated) return
  deps.meters.escalations.inc({ kind: 'exposure' })
  deps.logger.error(fields, 'exposure needs a person')
}

function pausesOf({ collectionBackoff, random }: CollectingDeps) {
  return { ...collectionBackoff, share: 0.5 + random() / 2 }
}
