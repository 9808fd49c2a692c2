import { type MovementReference, movementReference, uuidOf } from '@tolem/domain/ids'
import type { Run } from '@tolem/postgres/pool'
import type { ClaimedExposure, CollectionStatements, NewCollection } from '../collections.ts'
import { CLAIM_LOST } from '../movements/lost.ts'
import type { ClaimLost } from '../movements.ts'
import { toJson } from '../parameters.ts'

/**
 * What became of intending a debit. `no_reference_left`: the authorization has had as many debits as there are
 * references; only a person can go on.
 */
export type Intended =
  | { readonly kind: 'intended'; readonly reference: MovementReference }
  | { readonly kind: 'no_reference_left' }
  | ClaimLost

/** The last ordinal that a movement's reference has room for. */
const LAST_ORDINAL = 1_295

/**
 * Intends the debit of a claimed exposure inside one database transaction, which locks the hold, then the exposure.
 * What is owed may have shrunk since the claim: then the claim counts as lost, and the next one sees the new amount.
 */
export async function intendCollection(
  run: Run,
  statements: CollectionStatements,
  asked: { readonly exposure: ClaimedExposure; readonly collection: NewCollection },
): Promise<Intended> {
  const { exposure, collection } = asked
  await run(statements['exposure-lock'], [uuidOf(exposure.authorizationId)])
  const [open] = await run<{ owed: string; debits: string }>(statements['collection-prepare'], [
    uuidOf(exposure.id),
    exposure.epoch,
  ])
  const { wallet, quote } = collection
  if (!open || BigInt(open.owed) < quote.billing) return CLAIM_LOST
  const ordinal = Number(open.debits) + 1
  if (ordinal > LAST_ORDINAL) return { kind: 'no_reference_left' }
  const reference = movementReference(exposure.authorizationId, 'debit', ordinal)
  await run(statements['collection-intend'], [
    uuidOf(exposure.id),
    reference,
    wallet.exchange,
    wallet.rail,
    JSON.stringify(wallet),
    quote.asset,
    quote.debit,
    quote.billing,
    quote.fee,
    quote.spread,
    toJson(quote),
  ])
  return { kind: 'intended', reference }
}
