import assert from 'node:assert'
import { networkKeyText } from '@tolem/domain/authorization'
import type { Hold } from '@tolem/domain/hold'
import { type HoldChange, unchanged } from '@tolem/domain/hold-change'
import { planClearing } from '@tolem/domain/hold-plan'
import { type AuthorizationId, uuidOf } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import type { ClearingFound, NewClearing, Recorded } from '../holds.ts'
import { transpose } from '../parameters.ts'
import { type Birth, insertBirths, newPart } from './births.ts'
import { answerOf, type Claim, claimMessages } from './claim.ts'
import { entomb } from './entomb.ts'
import { type Found, findOriginals, type LockedHold, type LockedRow } from './load.ts'
import type { Session } from './session.ts'
import { addChange, addMoney, flush, noWrites, type Writes } from './writes.ts'

/**
 * Records presentments inside one database transaction, by position: claims their keys, takes what they claim from
 * their holds in the order of the list, makes a force post's record where there is none, and keeps the bytes of the
 * answers. Locks their message rows, then the holds, then usage rows, then tombstones, each in key order.
 */
export async function recordClearings(
  session: Session,
  clearings: readonly NewClearing[],
): Promise<readonly Recorded[]> {
  const claims = await claimMessages(
    session,
    clearings.map(({ id, request }) => ({
      bank: request.bank,
      kind: 'clearing',
      networkKey: request.networkKey,
      fingerprint: request.fingerprint,
      recordId: uuidOf(id),
    })),
  )
  const fresh = clearings.filter((_, index) => claims[index]?.kind === 'claimed')
  const originals = await findOriginals(
    session,
    fresh.map(({ request }) => request),
  )
  const writes = noWrites()
  const presented = fresh.map((clearing, index) =>
    present(session, writes, { clearing, found: originals[index] ?? { kind: 'unknown' } }),
  )
  await insertBirths(
    session,
    presented.flatMap(({ birth }) => birth ?? []),
  )
  await insertClearings(session, presented)
  await flush(session, writes)
  await entomb(
    session,
    presented.flatMap(({ clearing, named }) =>
      named.kind === 'absent' && !named.isEntombed ? [tombstoneOf(clearing)] : [],
    ),
  )
  const bodyById = new Map(presented.map(({ clearing, body }) => [clearing.id, body]))
  return clearings.map((clearing, index) =>
    toRecorded(clearing, claims[index], { clearings, bodyById }),
  )
}

type Answered = {
  readonly clearings: readonly NewClearing[]
  readonly bodyById: ReadonlyMap<string, string>
}

function toRecorded(
  clearing: NewClearing,
  claim: Claim | undefined,
  { clearings, bodyById }: Answered,
): Recorded {
  if (claim?.kind === 'taken') return claim.recorded
  const first = claim?.kind === 'copy' ? clearings[claim.of] : clearing
  const body = first && bodyById.get(first.id)
  assert(first && body !== undefined, 'a claimed presentment was recorded')
  if (claim?.kind === 'claimed') return { kind: 'recorded', body }
  return answerOf(clearing.request, { fingerprint: first.request.fingerprint, body })
}

type Presented = {
  readonly clearing: NewClearing
  readonly named: Found
  readonly result: ClearingFound
  readonly body: string
  readonly birth?: Birth
}
type Asked = { readonly clearing: NewClearing; readonly found: Found }

function present(session: Session, writes: Writes, { clearing, found }: Asked): Presented {
  const named = found.kind === 'named' ? found.named : undefined
  if (named?.hold.first.state === 'approved' && named.hold.first.kind !== 'unmatched_refund') {
    const result = clearHold(session, writes, { clearing, hold: named.hold })
    return { clearing, named: found, result, body: clearing.render(result) }
  }
  if (named?.target.state === 'accepted') overtake(writes, named.target)
  return forcePost(session, writes, { clearing, found })
}

function clearHold(
  session: Session,
  writes: Writes,
  { clearing, hold }: { readonly clearing: NewClearing; readonly hold: LockedHold },
): ClearingFound {
  const { request, id } = clearing
  const parts = hold.parts as Hold
  const change = planClearing(parts, request.amount, request.isLast)
  const cause = { bank: request.bank, kind: 'clearing', id } as const
  addChange(session, writes, { hold, change, why: { cause, closing: 'cleared' } })
  const result = foundOf(hold.first.id, change)
  expose(writes, { clearing, row: hold.first, result })
  writes.events.push({ id: hold.first.id, kind: 'cleared', detail: id })
  return result
}

function forcePost(session: Session, writes: Writes, { clearing, found }: Asked): Presented {
  const { request } = clearing
  const { bank, cardToken, networkKey, amount } = request
  const id = `aut_${uuidOf(clearing.id)}` as AuthorizationId
  const change = [{ ...unchanged(newPart(id, false)), raised: amount, cleared: amount }]
  const cause = { bank, kind: 'clearing', id: clearing.id } as const
  addMoney(writes, change, cause)
  writes.lines.push(...session.journalsOf(change, cause))
  const result = { ...foundOf(id, change), outcome: 'force_posted' } as const
  expose(writes, { clearing, row: { id, bank, cardToken }, result })
  writes.events.push({ id, kind: 'force_posted', detail: clearing.id })
  const body = clearing.render(result)
  const { receivedAt, requestBody } = clearing
  const common = { id, bank, cardToken, networkKey, receivedAt, requestBody, body } as const
  const birth: Birth = {
    ...common,
    kind: 'force_post',
    type: 'purchase',
    billing: amount,
    isFinal: false,
    closedAs: 'cleared',
  }
  return { clearing, named: found, result, body, birth }
}

function foundOf(authorizationId: AuthorizationId, change: HoldChange): ClearingFound {
  const sum = (field: 'cleared' | 'raised' | 'released') =>
    amountOf(
      'KZT',
      change.reduce((total, part) => total + part[field], 0n),
    )
  const exposed = sum('raised')
  return {
    outcome: exposed > 0n ? 'cleared_beyond_hold' : 'cleared',
    authorizationId,
    fromHold: amountOf('KZT', sum('cleared') - exposed),
    exposed,
    released: sum('released'),
  }
}

function expose(
  writes: Writes,
  exposed: {
    readonly clearing: NewClearing
    readonly row: Pick<LockedRow, 'id' | 'bank' | 'cardToken'>
    readonly result: ClearingFound
  },
): void {
  const { clearing, row, result } = exposed
  if (result.exposed === 0n) return
  const uuid = uuidOf(clearing.id)
  const cause = result.outcome === 'force_posted' ? 'force_post' : 'clearing'
  writes.exposures.push({
    uuid,
    row,
    clearingUuid: uuid,
    cause,
    amount: result.exposed,
    quote: null,
  })
}

/** It is still being decided: CONCLUDE will decline it, because its money is taken by a force post already. */
function overtake(writes: Writes, target: LockedRow): void {
  const overtaking = 'cleared_before_authorization'
  writes.rows.push({ id: target.id, overtaking })
  if (target.overtakenAs === null)
    writes.events.push({ id: target.id, kind: 'stopped', detail: overtaking })
}

function tombstoneOf({ id, request }: NewClearing) {
  const { bank, original } = request
  const overtakenAs = 'cleared_before_authorization'
  return { bank, original, recordId: uuidOf(id), overtakenAs } as const
}

async function insertClearings(
  { run, statements }: Session,
  presented: readonly Presented[],
): Promise<void> {
  if (presented.length === 0) return
  const rows = presented.map(({ clearing, named, result, body, birth }) => [
    uuidOf(clearing.id),
    clearing.request.bank,
    clearing.request.networkKey.localDateTime.slice(0, 10),
    networkKeyText(clearing.request.networkKey),
    uuidOf(result.authorizationId),
    birth && named.kind === 'named' ? uuidOf(named.named.target.id) : null,
    result.outcome,
    clearing.request.amount,
    result.fromHold,
    result.exposed,
    result.released,
    clearing.request.isLast,
    new Date(clearing.receivedAt).toISOString(),
    clearing.requestBody,
    body,
  ])
  await run(statements['clearing-insert'], transpose(rows, 15))
}
