import { randomUUID } from 'node:crypto'
import type { HoldCause, HoldChange, PartChange } from '@tolem/domain/hold-change'
import type { HoldLine } from '../holds.ts'

/**
 * Journals that only say by how much a change moves what is held for the bank, owed to it and exposed, each against one
 * account of the test's own: told from the amounts of the change alone, so that the balances check what the statements
 * wrote.
 */
export function journalsOf(change: HoldChange, cause: HoldCause): readonly HoldLine[] {
  return change.flatMap((part) => {
    const journalId = `${cause.kind}/${randomUUID()}`
    const moves = Object.entries(movesOf(part)).filter(([, amount]) => amount !== 0n)
    return moves.map(([account, amount], index) => ({
      journalId,
      line: index + 1,
      authorizationId: part.id,
      asset: 'KZT',
      ...toSides(`${account}/${cause.bank}`, amount),
    }))
  })
}

/** Credit-positive; an exposure is the other way round. */
function movesOf(part: PartChange): Readonly<Record<string, bigint>> {
  const { raised, released, cleared, refunded, isFinal } = part
  const cut = part.cuts.reduce((sum, { amount }) => sum + amount, 0n)
  return {
    held_for_authorizations: isFinal ? 0n : raised - released - cleared,
    owed_to_bank: (isFinal ? raised - released : cleared) - refunded,
    exposure: cut - raised,
  }
}

function toSides(account: string, amount: bigint) {
  return amount > 0n
    ? { amount, debitAccount: 'test', creditAccount: account }
    : { amount: -amount, debitAccount: account, creditAccount: 'test' }
}
