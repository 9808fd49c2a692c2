import type { Intent } from '@tolem/authorizations/accept'
import type { AuthorizationRequest } from '@tolem/domain/authorization'
import type { Quote } from '@tolem/domain/quote'
import { type Amount, subtract } from '@tolem/money/amount'
import type { Caller } from './callers.ts'
import type { Told } from './fall-back.ts'
import { type FundingRequest, fund, type Held, type Prices } from './fund.ts'
import { fundingTerms, takesLess } from './plan.ts'

/** What to ask for after a refusal. */
export type Next = {
  /** What the bank is told where it is less than was planned; absent: as planned. */
  readonly outcome?: 'approved_without_cashback' | 'partially_approved'
  readonly billing: Amount<'KZT'>
  readonly quotes: readonly Quote[]
}

type Known = {
  readonly request: AuthorizationRequest
  readonly caller: Caller
  readonly told: Told
}

/**
 * What can still be asked for, in order, after the only debit of a plan was refused for want of funds. Of a purchase
 * with cashback the cash goes first where less is to be asked for; of what is left, as much as the wallet can pay.
 */
export function nextFundings(prices: Prices, plan: Intent, known: Known): readonly Next[] {
  const { request, caller, told } = known
  const [{ order, quote }] = plan.debits
  const terms = fundingTerms({ caller, request, wallet: order.wallet, rail: told })
  const asked = { ...terms, known: [quote] }
  const { held } = told
  if (held) {
    const next = nextOf(prices, plan, { asked: { ...asked, held }, held, request })
    return next ? [next] : []
  }
  const further = order.wallet.assets.filter((asset) => asset !== order.asset)
  return [
    ...further.flatMap((asset) => wholeOf(prices, plan, { ...asked, assets: [asset] })),
    ...withoutCash(prices, plan, { asked, request }),
  ]
}

type Asked = {
  readonly asked: Omit<FundingRequest, 'billing'>
  readonly request: AuthorizationRequest
}

/** By what the wallet holds: the whole, or what of it can be paid. */
function nextOf(
  prices: Prices,
  plan: Intent,
  { asked, held, request }: Asked & { readonly held: Held },
): Next | undefined {
  const { billing, debits } = plan
  const [{ order }] = debits
  // The exchange refused as much, so an asset of which it now says that it holds enough is not asked for it again.
  const isContradicted = (held.get(order.asset) ?? 0n) >= order.amount
  const others = asked.assets.filter((asset) => !isContradicted || asset !== order.asset)
  const usable = { ...asked, assets: others.length > 0 ? others : asked.assets }
  const split = fund(prices, { ...usable, billing })
  if (split.uncovered === 0n && others.length > 0) return { billing, quotes: split.quotes }
  if (!takesLess(request)) return undefined
  const affordable = subtract(billing, split.uncovered)
  const [purchase] = withoutCash(prices, plan, { asked: usable, request })
  if (purchase && affordable >= purchase.billing) return purchase
  if (affordable === 0n || affordable === billing) return undefined
  return { outcome: 'partially_approved', billing: affordable, quotes: split.quotes }
}

/** The whole out of one asset, if that has a price. */
function wholeOf(
  prices: Prices,
  { billing }: Intent,
  asked: Omit<FundingRequest, 'billing'>,
): readonly Next[] {
  const { quotes, uncovered } = fund(prices, { ...asked, billing })
  return uncovered === 0n ? [{ billing, quotes }] : []
}

/** The purchase without its cash, where it has some and the terminal takes less. */
function withoutCash(prices: Prices, plan: Intent, { asked, request }: Asked): readonly Next[] {
  const { cashback } = request
  const hasCash = cashback !== undefined && plan.outcome !== 'approved_without_cashback'
  if (!hasCash || !takesLess(request)) return []
  const billing = subtract(plan.billing, cashback)
  const { quotes, uncovered } = fund(prices, { ...asked, billing })
  return uncovered === 0n ? [{ outcome: 'approved_without_cashback', billing, quotes }] : []
}
