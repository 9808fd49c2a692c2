import assert from 'node:assert'
import type { OriginalReference } from '@tolem/domain/authorization'
import type { OvertakenReason } from '@tolem/domain/decision'
import type { ClosedAs, Hold, HoldPart, OpenExposure } from '@tolem/domain/hold'
import { type AuthorizationId, type BankId, type CardToken, uuidOf } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import { toAuthorizationId } from '../records/ids.ts'
import { keyColumns, messageText } from './claim.ts'
import { type DebitRow, type PaidFrom, toFundingDebit, toPaidFrom } from './debit-row.ts'
import type { Session } from './session.ts'

/** A locked authorization of a hold. */
export type LockedRow = {
  readonly id: AuthorizationId
  readonly bank: BankId
  readonly cardToken: CardToken
  readonly kind: string
  readonly state: 'accepted' | 'approved' | 'declined'
  readonly isFinal: boolean
  readonly usageDay: string | null
  readonly isReversed: boolean
  readonly overtakenAs: OvertakenReason | null
  readonly closedAs: ClosedAs | null
  readonly quote: string | null
  /** Whether its hold's time is over; nothing where nothing expires. */
  readonly isDue: boolean | null
}

/** A hold under lock. `parts` are its approved rows as they stand; a change is planned on them and replaces them. */
export type LockedHold = {
  readonly first: LockedRow
  readonly rowById: ReadonlyMap<AuthorizationId, LockedRow>
  /** Which wallets and assets its debits took from, in the order of the parts. */
  readonly paidFrom: readonly PaidFrom[]
  parts: readonly HoldPart[]
}

/** What a message named: the row that it means, in its hold. */
export type Named = { readonly target: LockedRow; readonly hold: LockedHold }

/** Where an original was looked for. */
export type Found =
  | { readonly kind: 'named'; readonly named: Named }
  /** It has not arrived: no message bears its key, unless an earlier one left a tombstone there. */
  | { readonly kind: 'absent'; readonly isEntombed: boolean }
  /** The bank has no such authorization, or the message named none. */
  | { readonly kind: 'unknown' }

/** An original, as a message of a bank names it. */
export type Wanted = { readonly bank: BankId; readonly original: OriginalReference | undefined }

/** Finds the originals that messages name, by position, and locks the holds that they belong to. */
export async function findOriginals(
  session: Session,
  wanted: readonly Wanted[],
): Promise<readonly Found[]> {
  const idByText = await findByKey(session, wanted)
  const ids = wanted.map(({ bank, original }) => {
    if (!original) return undefined
    if (original.kind === 'by_id') return { bank, id: original.authorizationId }
    const id = idByText.get(textOf(bank, original))
    return id ? { bank, id: toAuthorizationId(id) } : undefined
  })
  const named = await lockHolds(session, ids)
  return wanted.map(({ bank, original }, index) => {
    const one = named[index]
    if (one) return { kind: 'named', named: one }
    if (original?.kind !== 'by_key') return { kind: 'unknown' }
    return { kind: 'absent', isEntombed: idByText.has(textOf(bank, original)) }
  })
}

/** Locks the holds that rows belong to, by position; nothing where the bank has no such row. */
export async function lockHolds(
  session: Session,
  wanted: readonly ({ readonly bank: BankId; readonly id: AuthorizationId } | undefined)[],
): Promise<readonly (Named | undefined)[]> {
  const { run, statements } = session
  const asked = wanted.flatMap((one, index) => (one ? [{ ...one, index }] : []))
  if (asked.length === 0) return wanted.map(() => undefined)
  const firsts = await run<FirstRow>(statements['hold-lock'], [
    asked.map(({ id }) => uuidOf(id)),
    asked.map(({ bank }) => bank),
  ])
  const holdById = await loadHolds(session, firsts)
  const found = new Map<number, Named>()
  for (const { ordinal, id, target_id } of firsts) {
    const hold = holdById.get(id)
    const target = hold?.rowById.get(toAuthorizationId(target_id))
    const index = asked[Number(ordinal) - 1]?.index
    assert(hold && target && index !== undefined, 'a locked row is in its hold')
    found.set(index, { target, hold })
  }
  return wanted.map((_, index) => found.get(index))
}

async function loadHolds(
  { run, statements, stepOf }: Session,
  firsts: readonly FirstRow[],
): Promise<ReadonlyMap<string, LockedHold>> {
  const firstById = new Map(firsts.map((row) => [row.id, row]))
  const firstIds = [...firstById.keys()]
  const increments = await run<IncrementRow>(statements['hold-increments'], [firstIds])
  const rows: readonly HoldRow[] = [...firstById.values(), ...increments]
  const approved = rows.filter(({ state }) => state === 'approved').map(({ id }) => id)
  const debits = await run<DebitRow>(statements['hold-debits'], [approved])
  const exposures = await run<ExposureRow>(statements['hold-exposures'], [approved])
  const debitsById = Map.groupBy(debits, (row) => row.authorization_id)
  const exposuresById = Map.groupBy(exposures, (row) => row.authorization_id)
  const incrementsById = Map.groupBy(increments, (row) => row.parent_id)
  const toPart = (row: HoldRow): HoldPart => {
    const paid = debitsById.get(row.id) ?? []
    return {
      ...amountsOf(row),
      credits: Number.parseInt(paid[0]?.last_credit ?? '0', 36),
      debits: paid.map((debit) => toFundingDebit(debit, row.quote, stepOf)),
      exposures: (exposuresById.get(row.id) ?? []).map(toExposure),
    }
  }
  return new Map(
    [...firstById.values()].map((first) => {
      const all = [first, ...(incrementsById.get(first.id) ?? [])]
      const parts = all.filter(({ state }) => state === 'approved').map(toPart)
      const locked = all.map(toLocked)
      const rowById = new Map(locked.map((row) => [row.id, row]))
      const firstRow = toLocked(first)
      const paid = all.flatMap(({ id }) => debitsById.get(id) ?? [])
      return [first.id, { first: firstRow, rowById, paidFrom: paid.map(toPaidFrom), parts }]
    }),
  )
}

/** The approved parts that a message is about: the whole hold where it named the first one, else that increment. */
export function partsOf({ target, hold }: Named): Hold | undefined {
  const [first, ...rest] =
    target.id === hold.first.id ? hold.parts : hold.parts.filter(({ id }) => id === target.id)
  return first && [first, ...rest]
}

async function findByKey(
  { run, statements }: Session,
  wanted: readonly Wanted[],
): Promise<ReadonlyMap<string, string | null>> {
  const keys = wanted.flatMap(({ bank, original }) =>
    original?.kind === 'by_key'
      ? [{ bank, kind: original.messageKind, networkKey: original.networkKey }]
      : [],
  )
  if (keys.length === 0) return new Map()
  const rows = await run<OriginalRow>(statements['message-original'], [...keyColumns(keys)])
  return new Map(
    rows.map((row) => [`${row.bank_id}/${row.kind}/${row.network_key}`, row.authorization_id]),
  )
}

function textOf(bank: BankId, original: Extract<OriginalReference, { kind: 'by_key' }>): string {
  return messageText({ bank, kind: original.messageKind, networkKey: original.networkKey })
}

function toLocked(row: HoldRow): LockedRow {
  return {
    id: toAuthorizationId(row.id),
    bank: row.bank_id,
    cardToken: row.card_token,
    kind: row.kind,
    state: row.state,
    isFinal: row.is_final,
    usageDay: row.usage_day,
    isReversed: row.reversal_id !== null,
    overtakenAs: row.overtaken_as,
    closedAs: row.closed_as,
    quote: row.quote,
    isDue: row.is_due,
  }
}

function amountsOf(row: HoldRow) {
  const tenge = (text: string) => amountOf('KZT', BigInt(text))
  return {
    id: toAuthorizationId(row.id),
    isFinal: row.is_final,
    approved: tenge(row.approved_amount),
    released: tenge(row.released_amount),
    cleared: tenge(row.cleared_amount),
    refunded: tenge(row.refunded_amount),
  }
}

function toExposure({ id, owed, cancelled }: ExposureRow): OpenExposure {
  return {
    id: `exp_${id}` as OpenExposure['id'],
    owed: amountOf('KZT', BigInt(owed)),
    cancelled: amountOf('KZT', BigInt(cancelled)),
  }
}

type HoldRow = {
  readonly id: string
  readonly bank_id: BankId
  readonly card_token: CardToken
  readonly kind: string
  readonly state: LockedRow['state']
  readonly is_final: boolean
  readonly usage_day: string | null
  readonly reversal_id: string | null
  readonly overtaken_as: OvertakenReason | null
  readonly closed_as: ClosedAs | null
  readonly quote: string | null
  readonly approved_amount: string
  readonly released_amount: string
  readonly cleared_amount: string
  readonly refunded_amount: string
  readonly is_due: boolean | null
}
type FirstRow = HoldRow & { readonly ordinal: string; readonly target_id: string }
type IncrementRow = HoldRow & { readonly parent_id: string }
type ExposureRow = {
  readonly id: string
  readonly authorization_id: string
  readonly owed: string
  readonly cancelled: string
}
type OriginalRow = {
  readonly bank_id: string
  readonly kind: string
  readonly network_key: string
  readonly authorization_id: string | null
}
