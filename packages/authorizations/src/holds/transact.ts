import type { OriginalReference } from '@tolem/domain/authorization'
import { type MessageKind, type NetworkKey, networkKeyText } from '@tolem/domain/authorization'
import type { BankId, CardToken } from '@tolem/domain/ids'
import { PostgresFault } from '@tolem/postgres/fault'
import type { NewClearing, RecordedOfMany } from '../holds.ts'
import { isOpenFault } from '../surely.ts'
import { recordClearings } from './clear.ts'
import { ArrivedMeanwhile, type Session } from './session.ts'

/** Runs some work in a database transaction, and again where that is safe. */
export type Transact = <Result>(work: (session: Session) => Promise<Result>) => Promise<Result>

/** Also where something arrived meanwhile: every message finds its own row by its key. */
export function isOpen(error: unknown): boolean {
  return error instanceof ArrivedMeanwhile || isOpenFault(error)
}

/** Messages that share one of these would wait for each other's row locks. */
export function conflictKeys(
  kind: MessageKind,
  message: {
    readonly request: {
      readonly bank: BankId
      readonly networkKey: NetworkKey
      readonly original?: OriginalReference | undefined
      readonly cardToken?: CardToken
    }
  },
): readonly string[] {
  const { bank, networkKey, original, cardToken } = message.request
  const named =
    original?.kind === 'by_id'
      ? original.authorizationId
      : original && networkKeyText(original.networkKey)
  return [
    `${kind}/${bank}/${networkKeyText(networkKey)}`,
    ...(named === undefined ? [] : [`original/${bank}/${named}`]),
    // Refunds may be credited against any debit of their card.
    ...(kind === 'refund' ? [`card/${bank}/${cardToken}`] : []),
  ]
}

/** All in one transaction; where the database refuses one of them, each alone. */
export async function recordMany(
  transact: Transact,
  clearings: readonly NewClearing[],
): Promise<readonly RecordedOfMany[]> {
  try {
    return await transact((session) => recordClearings(session, clearings))
  } catch (error) {
    if (!isOfOneRecord(error)) throw error
  }
  const recorded: RecordedOfMany[] = []
  for (const clearing of clearings) recorded.push(await recordAlone(transact, clearing))
  return recorded
}

async function recordAlone(transact: Transact, clearing: NewClearing): Promise<RecordedOfMany> {
  try {
    const [recorded] = await transact((session) => recordClearings(session, [clearing]))
    return recorded ?? { kind: 'mismatch' }
  } catch (fault) {
    // It stands in the list's answer: its neighbours are none of its business.
    if (isOfOneRecord(fault)) return { kind: 'failed', fault }
    throw fault
  }
}

/** The data refused it, or the rules of one record did: not the database's own trouble, which all records share. */
function isOfOneRecord(error: unknown): boolean {
  if (!(error instanceof PostgresFault)) return true
  return !error.maybeCommitted && (error.code === 'constraint' || error.code === 'failed')
}
