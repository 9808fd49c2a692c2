import { openOf, total } from '@tolem/domain/hold'
import { planExpiry } from '@tolem/domain/hold-plan'
import { type AuthorizationId, type BankId, uuidOf } from '@tolem/domain/ids'
import { lockHolds } from './load.ts'
import type { Session } from './session.ts'
import { addChange, flush, noWrites } from './writes.ts'

/**
 * Releases what is open of a hold whose time is over, inside one database transaction. A record that was declined, or
 * of which nothing is open, is only taken off the list of what expires; one that is still being decided stays on it.
 */
export async function expireHold(
  session: Session,
  { bank, id }: { readonly bank: BankId; readonly id: AuthorizationId },
): Promise<'expired' | 'not_due'> {
  const [named] = await lockHolds(session, [{ bank, id }])
  const first = named?.hold.first
  if (!named || first?.isDue !== true || first.state === 'accepted') return 'not_due'
  const { hold } = named
  const [part, ...rest] = hold.parts
  if (!part || total(hold.parts, openOf) === 0n) {
    await session.run(session.statements['hold-end'], [uuidOf(first.id)])
    return 'not_due'
  }
  const writes = noWrites()
  const why = { cause: { bank, kind: 'release' }, closing: 'expired' } as const
  addChange(session, writes, { hold, change: planExpiry([part, ...rest]), why })
  writes.events.push({ id: first.id, kind: 'expired', detail: null })
  await flush(session, writes)
  return 'expired'
}
