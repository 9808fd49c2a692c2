import type { Intent, NewAuthorization } from '@tolem/authorizations/accept'
import type { FallBack } from '@tolem/authorizations/fall-back'
import type { Deadline } from '@tolem/domain/deadline'
import { movementReference } from '@tolem/domain/ids'
import type { DebitOrder, DebitResult } from '@tolem/domain/movement'
import { type Amount, amountOf, subtract } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import { affordableBilling, lowerQuote, type QuoteTerms } from '@tolem/quotes/lower'
import type { Caller } from './callers.ts'
import { feeOf, takesLess } from './plan.ts'

/** What a rail says of the wallet that could not cover a debit. */
export type Balance = {
  /** The smallest amount that the rail moves, in minor units of the asset. */
  readonly step: bigint
  /** Absent where the rail cannot tell. */
  readonly available: Amount<CryptoAsset> | undefined
}

/** What a fall-back is joined with. */
export type FallBackPorts = {
  /** Asks what the wallet could be debited; nothing when too little of the deadline is left for a second debit. */
  balance(order: DebitOrder, deadline: Deadline): Promise<Balance | undefined>
  /** Makes the second debit durable; false when it must not be sent. */
  fallBack(item: FallBack): Promise<boolean>
  debit(order: DebitOrder, deadline: Deadline): Promise<DebitResult>
}

/** One debit that was asked for, and what became of it. */
export type Attempt = { readonly plan: Intent; readonly result: DebitResult }

/** The path's side of it. */
export type FallBackContext = {
  readonly item: NewAuthorization
  readonly caller: Caller
  readonly deadline: Deadline
}

/**
 * Asks the exchange once more, for less, where the wallet certainly could not cover the whole and the terminal takes
 * less. Of a purchase with cashback the cash goes first; of what is left, as much is asked for as the wallet can pay.
 * Gives the first attempt back where there is nothing to fall back on.
 */
export async function fallBack(
  ports: FallBackPorts,
  first: Attempt,
  { item, caller, deadline }: FallBackContext,
): Promise<Attempt> {
  const { plan, result } = first
  if (!isShort(result) || !takesLess(item.request)) return first
  const balance = await ports.balance(plan.debit, deadline)
  if (!balance) return first
  const { step, available } = balance
  const terms = { step, feeBasisPoints: feeOf(caller, item.request) }
  const less = lower(item, plan, { terms, available })
  if (!less) return first
  const refused = { reference: plan.debit.reference, detail: result.detail }
  // No cash is handed out of less than the whole.
  const cash = amountOf('KZT', 0n)
  const isDurable = await ports.fallBack({ id: item.id, refused, plan: less, cash })
  return isDurable ? { plan: less, result: await ports.debit(less.debit, deadline) } : first
}

function isShort(result: DebitResult): result is Extract<DebitResult, { kind: 'rejected' }> {
  return result.kind === 'rejected' && result.reason === 'insufficient_funds'
}

/** The plan for less; nothing when the wallet pays for nothing, or nobody can tell for what. */
function lower(
  { id, request }: NewAuthorization,
  plan: Intent,
  {
    terms,
    available,
  }: { readonly terms: QuoteTerms; readonly available: Amount<CryptoAsset> | undefined },
): Intent | undefined {
  const { cashback } = request
  const hasCash = cashback !== undefined && plan.outcome !== 'approved_without_cashback'
  const withoutCash = hasCash ? subtract(plan.quote.billing, cashback) : undefined
  const affordable =
    available === undefined ? withoutCash : affordableBilling(plan.quote, available, terms)
  if (affordable === undefined || affordable === 0n) return undefined
  const isPurchaseCovered = withoutCash !== undefined && affordable >= withoutCash
  const billing = isPurchaseCovered ? withoutCash : affordable
  // The exchange refused as much, so what it now says it holds is no better than that.
  if (billing >= plan.quote.billing) return undefined
  const quote = lowerQuote(plan.quote, billing, terms)
  return {
    ...plan,
    outcome: isPurchaseCovered ? 'approved_without_cashback' : 'partially_approved',
    quote,
    debit: {
      ...plan.debit,
      reference: movementReference(id, 'debit', 2),
      amount: quote.debit,
    },
  }
}
