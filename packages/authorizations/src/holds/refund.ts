import assert from 'node:assert'
import { networkKeyText } from '@tolem/domain/authorization'
import type { DeclineReason } from '@tolem/domain/decision'
import { type HoldPart, refundableOf, total } from '@tolem/domain/hold'
import { type HoldChange, unchanged } from '@tolem/domain/hold-change'
import { planRefund, refundToPrice } from '@tolem/domain/hold-plan'
import { type AuthorizationId, uuidOf } from '@tolem/domain/ids'
import type { FoundCredit, NewRefund, Recorded, RefundFound } from '../holds.ts'
import { type Birth, insertBirths, newPart } from './births.ts'
import { claimMessages } from './claim.ts'
import { findOriginals, type Named, partsOf } from './load.ts'
import { creditAtPresent } from './present-credits.ts'
import type { Session } from './session.ts'
import { addChange, addMoney, flush, noWrites, type Writes } from './writes.ts'

/**
 * Records a refund inside one database transaction: claims its key, decides, intends its credits, and keeps the bytes
 * of the answer. Locks its own message row, then the original's hold, then other debits of the card.
 */
export async function recordRefund(session: Session, refund: NewRefund): Promise<Recorded> {
  const { request, id } = refund
  const { bank, networkKey, fingerprint, original } = request
  const recordId = uuidOf(id)
  const message = { bank, kind: 'refund', networkKey, fingerprint, recordId } as const
  const [claim] = await claimMessages(session, [message])
  if (claim?.kind === 'taken') return claim.recorded
  const [found] = await findOriginals(session, [{ bank, original }])
  const writes = noWrites()
  const decided =
    found?.kind === 'named'
      ? await refundMatched(session, writes, { refund, named: found.named })
      : await refundUnmatched(session, writes, refund)
  const body = refund.render(decided.result)
  if (decided.makesRecord) await insertBirths(session, [toBirth(refund, body)])
  await flush(session, writes)
  await session.run(session.statements['refund-insert'], [
    recordId,
    bank,
    networkKey.localDateTime.slice(0, 10),
    networkKeyText(networkKey),
    request.cardToken,
    decided.about ? uuidOf(decided.about) : null,
    decided.result.kind === 'declined' ? decided.result.reason : null,
    request.amount,
    new Date(refund.receivedAt).toISOString(),
    refund.requestBody,
    body,
  ])
  return { kind: 'recorded', body }
}

type Decided = {
  readonly result: RefundFound
  /** The original, or the record that is made for a refund that matches none. */
  readonly about?: AuthorizationId
  readonly makesRecord?: boolean
}

async function refundMatched(
  session: Session,
  writes: Writes,
  { refund, named }: { readonly refund: NewRefund; readonly named: Named },
): Promise<Decided> {
  const { request, rate, id } = refund
  const { target, hold } = named
  const about = target.id
  const parts = partsOf(named)
  if (!parts || hold.first.state !== 'approved') return declined('original_closed', about)
  if (total(parts, refundableOf) < request.amount) return declined('refund_exceeds_original', about)
  let change = planRefund(parts, request.amount, rate)
  const price = refundToPrice(change)
  const credits = foundCredits(change)
  if (rate === 'present' && price > 0n) {
    // Only where a part was debited is it known which references its credits bear already.
    const isPaid = ({ id, debits }: HoldPart) =>
      debits.length > 0 && change.some((one) => one.id === id)
    const part = parts.find(isPaid)
    assert(part, 'what crypto must pay was debited')
    const paid = await creditAtPresent(session, { refund, part, price, hold })
    if (paid.kind === 'declined') return declined(paid.reason, about)
    change = change.map((one) => (one.id === part.id ? { ...one, credits: paid.credits } : one))
    credits.push(...paid.found)
  }
  const cause = { bank: request.bank, kind: 'refund', id } as const
  addChange(session, writes, { hold, change, why: { cause, closing: 'cleared' } })
  writes.events.push({ id: about, kind: 'refunded', detail: id })
  return { result: { kind: 'approved', authorizationId: about, credits }, about }
}

/** Of a purchase that we do not know: at the present rate, into the wallet that paid for the card last. */
async function refundUnmatched(
  session: Session,
  writes: Writes,
  refund: NewRefund,
): Promise<Decided> {
  const { request, id } = refund
  const about = recordIdOf(refund)
  const part = newPart(about, false)
  const price = request.amount
  const paid = await creditAtPresent(session, { refund, part, price, hold: undefined })
  if (paid.kind === 'declined') return declined(paid.reason)
  const change = [{ ...unchanged(part), refunded: price, credits: paid.credits }]
  const cause = { bank: request.bank, kind: 'refund', id } as const
  addMoney(writes, change, cause)
  writes.lines.push(...session.journalsOf(change, cause))
  writes.events.push({ id: about, kind: 'refunded', detail: id })
  const result = { kind: 'approved', authorizationId: undefined, credits: paid.found } as const
  return { result, about, makesRecord: true }
}

function declined(reason: DeclineReason, about?: AuthorizationId): Decided {
  return { result: { kind: 'declined', reason }, ...(about && { about }) }
}

/** What goes back at the rates that were paid. */
function foundCredits(change: HoldChange): FoundCredit[] {
  return change
    .flatMap(({ credits }) => credits)
    .filter(({ amount }) => amount > 0n)
    .map(({ debit, amount }) => {
      const { exchange, asset, rate } = debit
      return { exchange, asset, amount, rate, rateOf: 'original' }
    })
}

function recordIdOf({ id }: NewRefund): AuthorizationId {
  return `aut_${uuidOf(id)}` as AuthorizationId
}

function toBirth(refund: NewRefund, body: string): Birth {
  const { request, receivedAt, requestBody } = refund
  const { bank, cardToken, networkKey, amount } = request
  return {
    id: recordIdOf(refund),
    kind: 'unmatched_refund',
    bank,
    cardToken,
    networkKey,
    type: 'purchase',
    billing: amount,
    isFinal: false,
    receivedAt,
    requestBody,
    body,
  }
}
