import { type NetworkKey, networkKeyText } from '@tolem/domain/authorization'
import type { DeclineReason } from '@tolem/domain/decision'
import { type ClosedAs, type HoldPart, NO_TENGE, type Tenge } from '@tolem/domain/hold'
import type { AuthorizationId, BankId, CardToken } from '@tolem/domain/ids'
import { uuidOf } from '@tolem/domain/ids'
import { transpose } from '../parameters.ts'
import type { Session } from './session.ts'

/** An authorization that was decided without us. */
export type Birth = {
  readonly id: AuthorizationId
  readonly kind: 'advice' | 'force_post' | 'unmatched_refund'
  readonly bank: BankId
  readonly cardToken: CardToken
  readonly networkKey: NetworkKey
  readonly type: string
  readonly channel?: string
  readonly billing: Tenge
  readonly isFinal: boolean
  readonly reason?: DeclineReason
  readonly receivedAt: number
  readonly requestBody: string
  readonly body: string
  /** Approved and released whole at once: its undoing came first. */
  readonly isUndone?: boolean
  readonly holdUntil?: number | undefined
  readonly closedAs?: ClosedAs | undefined
  /** The UUID of the reversal that came first. */
  readonly reversalUuid?: string | undefined
  readonly originalId?: AuthorizationId | undefined
}

/** Makes the rows. They hold nothing yet: their change comes after. */
export async function insertBirths(session: Session, births: readonly Birth[]): Promise<void> {
  if (births.length === 0) return
  const { run, statements, approvalCodeOf } = session
  const approved = births.filter(({ reason }) => reason === undefined)
  const numbers = await run<{ approval_number: string }>(statements['approval-number'], [
    approved.length,
  ])
  const codes = numbers.map((row) => approvalCodeOf(BigInt(row.approval_number)))
  const codeById = new Map(approved.map(({ id }, index) => [id, codes[index]]))
  const rows = births.map((birth) => [
    uuidOf(birth.id),
    birth.kind,
    birth.bank,
    birth.cardToken,
    birth.networkKey.localDateTime.slice(0, 10),
    networkKeyText(birth.networkKey),
    birth.type,
    birth.channel ?? null,
    birth.billing,
    birth.isFinal,
    birth.reason ?? null,
    codeById.get(birth.id) ?? null,
    new Date(birth.receivedAt).toISOString(),
    birth.requestBody,
    birth.body,
    ...holdColumns(birth),
  ])
  await run(statements['authorization-insert'], transpose(rows, 21))
}

function holdColumns(birth: Birth): readonly unknown[] {
  const held = birth.isUndone ? birth.billing : NO_TENGE
  return [
    birth.reason ? null : held,
    birth.reason ? null : held,
    birth.holdUntil === undefined ? null : new Date(birth.holdUntil).toISOString(),
    birth.closedAs ?? null,
    birth.reversalUuid ?? null,
    birth.originalId ? uuidOf(birth.originalId) : null,
  ]
}

/** The newborn row as a part of which nothing is held yet. */
export function newPart(id: AuthorizationId, isFinal: boolean): HoldPart {
  return {
    id,
    isFinal,
    approved: NO_TENGE,
    released: NO_TENGE,
    cleared: NO_TENGE,
    refunded: NO_TENGE,
    credits: 0,
    debits: [],
    exposures: [],
  }
}
