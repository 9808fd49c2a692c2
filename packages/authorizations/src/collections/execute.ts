import { movementReference, uuidOf } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import type { Run } from '@tolem/postgres/pool'
import type { CollectionStatements, ExecutedCollection } from '../collections.ts'
import { CLAIM_LOST } from '../movements/lost.ts'
import type { ClaimedDebit, Recorded } from '../movements.ts'
import { planSurplus } from './surplus.ts'

/** Records an executed collection inside one database transaction, which locks the hold, the movement, the exposure. */
export async function executeCollection(
  run: Run,
  statements: CollectionStatements,
  asked: { readonly debit: ClaimedDebit; readonly executed: ExecutedCollection },
): Promise<Recorded> {
  const { debit, executed } = asked
  const { reference, asset } = debit.order
  await run(statements['exposure-lock'], [uuidOf(debit.authorizationId)])
  const [row] = await run<LockedRow>(statements['collection-lock'], [reference, debit.epoch])
  if (!row) return CLAIM_LOST
  const tenge = (text: string) => amountOf('KZT', BigInt(text))
  const surplus = planSurplus(
    {
      step: executed.step,
      amount: amountOf<CryptoAsset>(asset, BigInt(row.amount)),
      billing: tenge(row.billing),
      fee: tenge(row.fee),
      spread: tenge(row.spread),
    },
    tenge(row.owed),
  )
  const journal = executed.journal(surplus.paid)
  const { firstMs, longestMs, share } = executed.pauses
  await run(statements['collection-execute'], [
    reference,
    executed.exchangeReference,
    surplus.paid.billing,
    surplus.released,
    surplus.credited,
    movementReference(
      debit.authorizationId,
      'credit',
      Number.parseInt(row.last_credit ?? '0', 36) + 1,
    ),
    firstMs,
    longestMs,
    share,
    journal.map((line) => line.journalId),
    journal.map((line) => line.line),
    journal.map((line) => line.asset),
    journal.map((line) => line.amount),
    journal.map((line) => line.debitAccount),
    journal.map((line) => line.creditAccount),
  ])
  return { kind: 'recorded' }
}

type LockedRow = {
  readonly amount: string
  readonly billing: string
  readonly fee: string
  readonly spread: string
  readonly owed: string
  readonly last_credit: string | null
}
