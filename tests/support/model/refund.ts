import { leftOf, refund, refundableOf } from './hold.ts'
import type { ModelMessage } from './message.ts'
import {
  type Hold,
  holdNameOf,
  type Money,
  newPart,
  type Part,
  sum,
  type Tiyn,
  withAnswer,
  withHold,
} from './state.ts'

/** Money given back after the fact: of a purchase, of one increment of it, or of nothing that we know. */
export function refundIt(
  money: Money,
  { name, of, amount }: Extract<ModelMessage, { readonly kind: 'refund' }>,
): readonly Money[] {
  if (of === undefined) return refundUnmatched(money, name, amount)
  const decline = (reason: string) => [declineRefund(money, name, reason)]
  const holdName = holdNameOf(money, of)
  const hold = money.holds[holdName]
  const only = holdName === of ? undefined : of
  const parts = hold?.parts.filter((part) => only === undefined || part.name === only) ?? []
  if (!hold || parts.length === 0) return decline('original_closed')
  if (amount > refundableOf(parts)) return decline('refund_exceeds_original')
  const answered = withAnswer(money, name, { kind: 'refund', refunded: amount })
  return [withHold(answered, holdName, refund(hold, amount, only))]
}

/**
 * At the present rate, against whatever debits of the card have something left and hold nothing any more. How much that
 * is in crypto depends on rates: what is far less than is left must be refunded, where nothing was ever debited nothing
 * is; between them both are right.
 */
function refundUnmatched(money: Money, name: string, amount: Tiyn): readonly Money[] {
  const debits = Object.values(money.holds).flatMap(({ parts }) =>
    parts.filter(holdsNothing).flatMap((part) => part.debits),
  )
  const declined = declineRefund(money, name, 'original_not_found')
  if (debits.length === 0) return [declined]
  const hindered = declineRefund(money, name, 'rate_unavailable')
  const isCertain = amount * 2n <= sum(debits.map(leftOf)) - money.refundedUnmatched
  const refunded = takeFromAll(money, name, amount)
  return isCertain ? [refunded, hindered] : [refunded, declined, hindered]
}

/** What is still open of a purchase may have to go back whole. */
function holdsNothing({ isFinal, approved, released, cleared }: Part): boolean {
  return isFinal || approved === released + cleared
}

/** Any debit may have given something: what each did is read from its credits. */
function takeFromAll(money: Money, name: string, amount: Tiyn): Money {
  const holds = Object.entries(money.holds).map(([of, hold]) => {
    const parts = hold.parts.map(
      (part): Part => ({
        ...part,
        debits: part.debits.map((debit) => ({
          ...debit,
          steps: [...debit.steps, { kind: 'unmatched' as const, by: name }],
        })),
      }),
    ) as readonly Part[] as Hold['parts']
    return [of, { ...hold, parts }] as const
  })
  const taken = {
    ...money,
    holds: Object.fromEntries(holds),
    refundedUnmatched: money.refundedUnmatched + amount,
  }
  const part = { ...newPart(name, 0n), refunded: amount }
  const recorded = withHold(taken, name, { parts: [part], closedAs: 'cleared' })
  return withAnswer(recorded, name, { kind: 'refund', refunded: amount })
}

function declineRefund(money: Money, name: string, reason: string): Money {
  return withAnswer(money, name, { kind: 'refund', declined: reason })
}
