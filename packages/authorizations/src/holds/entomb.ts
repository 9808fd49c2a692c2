import type { OriginalReference } from '@tolem/domain/authorization'
import type { OvertakenReason } from '@tolem/domain/decision'
import type { BankId } from '@tolem/domain/ids'
import { keyColumns, messageText } from './claim.ts'
import { ArrivedMeanwhile, type Session } from './session.ts'

/** The tombstone that a message leaves for an original that has not arrived. */
export type NewTombstone = {
  readonly bank: BankId
  readonly original: OriginalReference | undefined
  /** The UUID of the message's own record. */
  readonly recordId: string
  readonly overtakenAs: OvertakenReason
}

/**
 * Leaves tombstones: the last thing that a transaction does, because ACCEPT too asks for keys after a card's usage.
 *
 * @throws {ArrivedMeanwhile} when an original came first after all.
 */
export async function entomb(
  { run, statements }: Session,
  tombstones: readonly NewTombstone[],
): Promise<void> {
  const byText = new Map(
    tombstones.flatMap(({ bank, original, ...left }) => {
      if (original?.kind !== 'by_key') return []
      const key = { bank, kind: original.messageKind, networkKey: original.networkKey }
      return [[messageText(key), { ...key, ...left }] as const]
    }),
  )
  if (byText.size === 0) return
  const items = [...byText.values()]
  const left = await run(statements['message-entomb'], [
    ...keyColumns(items),
    items.map(({ recordId }) => recordId),
    items.map(({ overtakenAs }) => overtakenAs),
  ])
  if (left.length < items.length) throw new ArrivedMeanwhile()
}
