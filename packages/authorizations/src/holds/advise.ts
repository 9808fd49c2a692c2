import type { AdviceOutcome } from '@tolem/domain/advice'
import type { Tenge } from '@tolem/domain/hold'
import { planRaise, planReversal } from '@tolem/domain/hold-plan'
import { uuidOf } from '@tolem/domain/ids'
import { subtract } from '@tolem/money/amount'
import type { NewAdvice, Recorded } from '../holds.ts'
import { type Birth, insertBirths, newPart } from './births.ts'
import { claimMessages, type Tombstone } from './claim.ts'
import { entomb } from './entomb.ts'
import { type Found, findOriginals, type LockedRow, type Named } from './load.ts'
import type { Session } from './session.ts'
import { addChange, addMoney, flush, noWrites, type Writes } from './writes.ts'

const OVERTAKING = 'advised_before_authorization'

/**
 * Records an advice inside one database transaction: claims its key, makes its authorization record, covers what the
 * bank approved by an exposure, and stops or adjusts its original. Locks its own message row, then the original's hold,
 * then the card's usage row, then the original's tombstone.
 */
export async function recordAdvice(session: Session, advice: NewAdvice): Promise<Recorded> {
  const { request, id } = advice
  const { bank, networkKey, fingerprint, original } = request
  const authorizationId = uuidOf(id)
  const message = { bank, kind: 'advice', networkKey, fingerprint, authorizationId } as const
  const [claim] = await claimMessages(session, [message])
  if (claim?.kind === 'taken') return claim.recorded
  const tombstone = claim?.kind === 'claimed' ? claim.tombstone : undefined
  const [found = { kind: 'unknown' } as const] = await findOriginals(session, [{ bank, original }])
  const writes = noWrites()
  const advised = decide(session, writes, { advice, tombstone, found })
  const named = found.kind === 'named' ? found.named.target : undefined
  const body = advice.render({ outcome: advised.outcome, originalId: named?.id })
  await insertBirths(session, [toBirth({ advice, body, ...advised })])
  if (found.kind === 'named' && advised.outcome === 'already_approved')
    await keepApproval(session, found.named)
  await flush(session, writes)
  if (advised.outcome === 'approved') await countUsage(session, advice)
  if (found.kind === 'absent' && !found.isEntombed)
    await entomb(session, [{ bank, original, recordId: authorizationId, overtakenAs: OVERTAKING }])
  return { kind: 'recorded', body }
}

type Asked = {
  readonly advice: NewAdvice
  readonly tombstone: Tombstone | undefined
  readonly found: Found
}

/** What the advice did, and what is special about its record. */
type Advised = {
  readonly outcome: AdviceOutcome
  readonly record: Pick<Birth, 'reason' | 'isUndone' | 'closedAs' | 'reversalUuid' | 'originalId'>
}

function decide(session: Session, writes: Writes, asked: Asked): Advised {
  const { advice, tombstone, found } = asked
  const named = found.kind === 'named' ? found.named : undefined
  if (named?.target.state === 'accepted') overtake(writes, named.target)
  writes.events.push({ id: advice.id, kind: 'advised', detail: advice.request.reason })
  if (!advice.request.isApproved) return { outcome: 'declined', record: { reason: OVERTAKING } }
  if (tombstone) return { outcome: 'already_reversed', record: undoneBy(tombstone) }
  if (named && stands(named, advice)) {
    adjust(session, writes, { advice, named })
    return { outcome: 'already_approved', record: { originalId: named.target.id } }
  }
  const { id, request } = advice
  const change = planRaise(newPart(id, request.isFinal), request.billing)
  const cause = { bank: request.bank, kind: 'advice', id } as const
  addMoney(writes, change, cause)
  writes.lines.push(...session.journalsOf(change, cause))
  const row = { id, bank: request.bank, cardToken: request.cardToken }
  expose(writes, { advice, row, amount: request.billing, original: named?.target })
  return { outcome: 'approved', record: {} }
}

function undoneBy({ overtakenAs, recordId }: Tombstone): Advised['record'] {
  return overtakenAs === 'reversed_before_authorization'
    ? { isUndone: true, closedAs: 'reversed', reversalUuid: recordId ?? undefined }
    : { isUndone: true, closedAs: 'cleared' }
}

/**
 * Approved by us, and neither undone nor expired: the bank's approval is of the same purchase. A verification or an
 * unmatched refund never held anything and expires never, so no purchase is one of them.
 */
function stands({ target, hold }: Named, { request }: NewAdvice): boolean {
  const isGone = target.closedAs === 'reversed' || target.closedAs === 'expired'
  const isApproved = target.state === 'approved' && hold.first.state === 'approved'
  const approved = hold.parts.find(({ id }) => id === target.id)?.approved ?? 0n
  return isApproved && !isGone && (approved > 0n || request.billing === 0n)
}

/**
 * From now on the bank has its approval, whether or not it ever heard ours: an answer that reached nobody is not taken
 * back any more.
 */
async function keepApproval({ run, statements }: Session, { target, hold }: Named): Promise<void> {
  await run(statements['hold-keep'], [[uuidOf(hold.first.id), uuidOf(target.id)]])
}

/** The bank approved another amount than we did: its amount is what is held from now on. */
function adjust(
  session: Session,
  writes: Writes,
  { advice, named }: { readonly advice: NewAdvice; readonly named: Named },
): void {
  const { request, id } = advice
  const { hold, target } = named
  const part = hold.parts.find((one) => one.id === target.id)
  if (!part || hold.first.closedAs !== null) return
  const kept = subtract(part.approved, part.released)
  if (kept === request.billing) return
  const isMore = request.billing > kept
  const change = isMore
    ? planRaise(part, subtract(request.billing, kept))
    : planReversal([part], request.billing)
  const cause = { bank: request.bank, kind: 'advice', id } as const
  addChange(session, writes, { hold, change, why: { cause, closing: 'cleared' } })
  if (isMore) {
    const amount = subtract(request.billing, kept)
    expose(writes, { advice, row: target, amount, original: target })
  }
  writes.events.push({ id: target.id, kind: 'adjusted', detail: id })
}

function expose(
  writes: Writes,
  exposed: {
    readonly advice: NewAdvice
    readonly row: Pick<LockedRow, 'id' | 'bank' | 'cardToken'>
    readonly amount: Tenge
    readonly original: LockedRow | undefined
  },
): void {
  const { advice, row, amount, original } = exposed
  if (amount === 0n) return
  const quote = advice.rate === 'original' ? (original?.quote ?? null) : null
  const uuid = uuidOf(advice.id)
  writes.exposures.push({ uuid, row, clearingUuid: null, cause: 'advice', amount, quote })
}

/** It is still being decided: CONCLUDE will decline it, because the bank has decided in its place. */
function overtake(writes: Writes, target: LockedRow): void {
  writes.rows.push({ id: target.id, overtaking: OVERTAKING })
  if (target.overtakenAs === null)
    writes.events.push({ id: target.id, kind: 'stopped', detail: OVERTAKING })
}

function toBirth(made: Advised & { readonly advice: NewAdvice; readonly body: string }): Birth {
  const { advice, body, outcome, record } = made
  const { id, request, receivedAt, requestBody } = advice
  const { bank, cardToken, networkKey, type, terminalType, billing, isFinal } = request
  const holds = outcome === 'approved'
  return {
    ...record,
    id,
    kind: 'advice',
    bank,
    cardToken,
    networkKey,
    type,
    channel: terminalType,
    billing,
    isFinal,
    receivedAt,
    requestBody,
    body,
    holdUntil: holds && !isFinal ? advice.holdUntil : undefined,
  }
}

/** No limit refuses what the bank has approved. After everything else: other banks' purchases wait for the caps. */
async function countUsage(
  { run, statements }: Session,
  { id, request, day }: NewAdvice,
): Promise<void> {
  const { bank, cardToken, billing } = request
  await run(statements['usage-count'], [bank, cardToken, day, billing, uuidOf(id)])
}
