import { networkKeyText } from '@tolem/domain/authorization'
import { openOf, type Tenge, total } from '@tolem/domain/hold'
import type { HoldChange } from '@tolem/domain/hold-change'
import { planReversal } from '@tolem/domain/hold-plan'
import { uuidOf } from '@tolem/domain/ids'
import type { NewReversal, Recorded, ReversalFound } from '../holds.ts'
import { claimMessages } from './claim.ts'
import { entomb } from './entomb.ts'
import { type Found, findOriginals, type Named, partsOf } from './load.ts'
import type { Session } from './session.ts'
import { addChange, flush, noWrites, uncount, type Writes } from './writes.ts'

/**
 * Records a reversal inside one database transaction: claims its key, undoes what there is to undo of its original or
 * leaves a tombstone for it, and keeps the bytes of the answer. Locks its own message row, then the hold, then the
 * card's usage row, then the tombstone; never the message row of an original that is there.
 */
export async function recordReversal(session: Session, reversal: NewReversal): Promise<Recorded> {
  const { request, id } = reversal
  const { bank, networkKey, original } = request
  const message = { bank, kind: 'reversal', networkKey } as const
  const recordId = uuidOf(id)
  const [claim] = await claimMessages(session, [
    { ...message, ...request, kind: 'reversal', recordId },
  ])
  if (claim?.kind === 'taken') return claim.recorded
  const [found] = await findOriginals(session, [{ bank, original }])
  const writes = noWrites()
  const outcome = decide(session, writes, { reversal, found: found ?? { kind: 'unknown' } })
  const body = reversal.render(outcome)
  await session.run(session.statements['reversal-insert'], [
    recordId,
    bank,
    networkKey.localDateTime.slice(0, 10),
    networkKeyText(networkKey),
    outcome.authorizationId ? uuidOf(outcome.authorizationId) : null,
    request.reason,
    new Date(reversal.receivedAt).toISOString(),
    reversal.requestBody,
    body,
  ])
  await flush(session, writes)
  if (found?.kind === 'absent' && !found.isEntombed)
    await entomb(session, [
      { bank, original, recordId, overtakenAs: 'reversed_before_authorization' },
    ])
  return { kind: 'recorded', body }
}

type Asked = { readonly reversal: NewReversal; readonly found: Found }

function decide(session: Session, writes: Writes, { reversal, found }: Asked): ReversalFound {
  if (found.kind === 'absent') return nothing('recorded_before_original')
  if (found.kind === 'unknown') return nothing('nothing_to_reverse')
  const { target } = found.named
  const authorizationId = target.id
  switch (target.state) {
    case 'approved':
      return undo(session, writes, { reversal, named: found.named })
    case 'declined': {
      const outcome = target.isReversed ? 'already_reversed' : 'nothing_to_reverse'
      return { outcome, authorizationId }
    }
    case 'accepted':
      if (target.isReversed) return { outcome: 'already_reversed', authorizationId }
      writes.rows.push({
        id: target.id,
        reversalId: reversal.id,
        overtaking: 'reversed_before_authorization',
      })
      writes.events.push({ id: target.id, kind: 'stopped', detail: null })
      return { outcome: 'stopped', authorizationId }
  }
}

function undo(
  session: Session,
  writes: Writes,
  { reversal, named }: { readonly reversal: NewReversal; readonly named: Named },
): ReversalFound {
  const { target, hold } = named
  const { replacement, reason, bank } = reversal.request
  const parts = partsOf(named)
  const change = parts ? planReversal(parts, replacement) : []
  if (change.length === 0) return undone(named)
  const isFull = replacement === undefined
  const isExpiry = isFull && reason === 'authorization_expired'
  const ids = parts?.map(({ id }) => id) ?? []
  // A purchase of which something was cleared has been one.
  const isUndone = isFull && !isExpiry && total(parts ?? [], ({ cleared }) => cleared) === 0n
  addChange(session, writes, {
    hold,
    change,
    why: {
      cause: { bank, kind: 'release' },
      closing: closingOf(isFull, isExpiry),
      ...(isFull && { reversed: { by: reversal.id, ids } }),
    },
  })
  if (isUndone && target.kind !== 'increment') uncount(writes, target)
  const outcome = isFull ? 'reversed' : 'partially_reversed'
  const detail = isFull ? null : String(releasedBy(change))
  writes.events.push({ id: target.id, kind: isExpiry ? 'expired' : outcome, detail })
  return { outcome, authorizationId: target.id, released: releasedBy(change), held: heldOf(named) }
}

function closingOf(isFull: boolean, isExpiry: boolean) {
  if (isExpiry) return 'expired'
  return isFull ? 'reversed' : 'cleared'
}

/** Why nothing more is released: it was undone or cleared before, or its time was over. */
function undone(named: Named): ReversalFound {
  const { target } = named
  const parts = partsOf(named) ?? []
  const common = { authorizationId: target.id, released: releasedBy([]), held: heldOf(named) }
  if (target.isReversed) return { outcome: 'already_reversed', ...common }
  if (target.closedAs === 'expired') return { outcome: 'nothing_to_reverse', ...common }
  const isCleared = heldOf(named) === 0n && total(parts, ({ cleared }) => cleared) > 0n
  return { outcome: isCleared ? 'already_cleared' : 'already_reversed', ...common }
}

/** What is open now of what was named. */
function heldOf(named: Named): Tenge {
  return total(partsOf(named) ?? [], openOf)
}

/** The tenge that a change releases. */
export function releasedBy(change: HoldChange): Tenge {
  return change.reduce<bigint>((sum, { released }) => sum + released, 0n) as Tenge
}

function nothing(outcome: ReversalFound['outcome']): ReversalFound {
  return { outcome, authorizationId: undefined }
}
