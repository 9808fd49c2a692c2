import type { EarlyDecline, Intent, Plan, Verification } from '@tolem/authorizations/accept'
import type { Original } from '@tolem/authorizations/original'
import { type AuthorizationRequest, isCash } from '@tolem/domain/authorization'
import { type Card, checkCard, type WalletLink } from '@tolem/domain/card'
import type { DeclineReason } from '@tolem/domain/decision'
import { toApprovalCode } from '@tolem/domain/decision'
import { type AuthorizationId, uuidOf } from '@tolem/domain/ids'
import { localDay, localMonth } from '@tolem/domain/local-day'
import { accept, type Outcome, refuse } from '@tolem/domain/outcome'
import type { RailPort } from '@tolem/exchanges/port'
import { type Amount, amountOf, subtract } from '@tolem/money/amount'
import type { Quotes } from '@tolem/quotes/quotes'
import { renderApproval, renderDecline } from '@tolem/wire/authorization'
import type { Caller } from './callers.ts'
import { type FundingRequest, fundWhole, type Prices, toDebits } from './fund.ts'
import { holdUntil } from './hold-period.ts'
import type { KnownBalances } from './known-balances.ts'
import type { Asks, PermitRefusal } from './permit.ts'
import type { Rules } from './rules.ts'

/** After the budget, settlement waits this long before it takes over: what was late may still be on its way. */
const TAKE_OVER_AFTER_MS = 1_000

/** What a plan is made of. */
export type PlanInput = {
  readonly id: AuthorizationId
  readonly request: AuthorizationRequest
  readonly caller: Caller
  readonly card: Card | undefined
  /** What an increment raises, where the bank has such an authorization. */
  readonly original: Original | undefined
  /** Is a purchase with cashback to be planned without the cash? */
  readonly isCashDropped: boolean
  /** Wall clock, milliseconds since the epoch. */
  readonly now: number
}

/** Makes the plan of an authorization: what to debit for it, or the first reason not to, in order of precedence. */
export type Planner = (input: PlanInput) => Plan

/** What plans are made with. */
export type PlannerDeps = {
  readonly rules: Rules
  readonly quotes: Pick<Quotes, 'quote'>
  readonly balances: Pick<KnownBalances, 'heldIn'>
  /** Is it known that no call would leave for the rail of a wallet now? */
  readonly isClosed: (wallet: WalletLink) => boolean
}

/** Every check and price that needs no I/O. What changes under our feet is checked again by ACCEPT and CONCLUDE. */
export function createPlanner(deps: PlannerDeps): Planner {
  const { rules, quotes, balances, isClosed } = deps
  const prices: Prices = { quote: quotes.quote, isAssetAllowed: rules.isAssetAllowed }
  const plan: Planner = (input) => {
    const found = intend({ rules, prices, balances, isClosed }, input)
    if (found.ok) return found.value
    if (found.reason !== 'cash_limit_exceeded') return declined(input, found.reason)
    return mayDropCash(input)
      ? plan({ ...input, isCashDropped: true })
      : declined(input, 'amount_limit_exceeded')
  }
  return plan
}

/**
 * Which of a bank's fees is taken for a type (basis points): cash has its own. A purchase with cashback is a purchase,
 * and its cash part costs no more than the rest.
 */
export function feeOf(caller: Caller, { type }: Pick<AuthorizationRequest, 'type'>): number {
  return (isCash(type) ? caller.cashFeeBasisPoints : undefined) ?? caller.feeBasisPoints
}

/** Does the terminal take less than was asked for? A machine that hands out notes does not, whatever it says. */
export function takesLess(request: AuthorizationRequest): boolean {
  const { isPartialApprovalSupported, terminalType, type } = request
  return isPartialApprovalSupported && terminalType !== 'atm' && !isCash(type)
}

/** Can the rest of this purchase be asked for without its cash? */
function mayDropCash({ request, isCashDropped }: PlanInput): boolean {
  return request.cashback !== undefined && takesLess(request) && !isCashDropped
}

function declined({ id, caller }: PlanInput, reason: DeclineReason): EarlyDecline {
  return { kind: 'decline', reason, body: renderDecline(id, reason, caller.codes) }
}

function intend(
  deps: Omit<PlannerDeps, 'quotes'> & { readonly prices: Prices },
  input: PlanInput,
): Outcome<Intent | Verification, DeclineReason | 'cash_limit_exceeded'> {
  const { rules, prices, balances } = deps
  const { id, request, caller, card, now } = input
  if (!card) return refuse('unknown_card')
  const checked = checkCard(card, localMonth(now))
  if (!checked.ok) return checked
  const wallet = checked.value
  const day = localDay(now)
  const permitted = checkRules(rules, { ...input, card, wallet, day })
  if (!permitted.ok) return permitted
  const { rail, billing, asks } = permitted.value
  if (request.type === 'account_verification')
    return accept({ ...verified(input), card, day, asks })

  const held = wallet.assets.length > 1 ? balances.heldIn(wallet) : undefined
  const terms = fundingTerms({ caller, request, wallet, rail })
  const funded = fundWhole(prices, { ...terms, billing, held })
  if (!funded.ok) return funded
  // Known beforehand it costs one commit and not two, and no debit is intended that will not be sent.
  if (deps.isClosed(wallet)) return refuse('exchange_unavailable')
  return accept({
    kind: 'intend',
    outcome: input.isCashDropped ? 'approved_without_cashback' : 'approved',
    card,
    billing,
    debits: toDebits(id, funded.value, { wallet, firstOrdinal: 1 }),
    day,
    asks,
    mayDropCash: mayDropCash(input),
    // An increment is a part of its parent's hold, which expires as one.
    holdUntil:
      request.kind === 'increment' ? undefined : holdUntil(caller.holdPeriods, request, now),
    validForMs: caller.responseBudgetMs,
    decidedWithinMs: caller.responseBudgetMs + TAKE_OVER_AFTER_MS,
  })
}

/** At which terms a wallet pays for a request. */
export function fundingTerms(of: {
  readonly caller: Caller
  readonly request: Pick<AuthorizationRequest, 'type'>
  readonly wallet: WalletLink
  readonly rail: Pick<RailPort, 'stepOf'>
}): Omit<FundingRequest, 'billing'> {
  const { caller, request, wallet, rail } = of
  const { spreadBasisPoints } = caller
  const feeBasisPoints = feeOf(caller, request)
  return { wallet, assets: wallet.assets, stepOf: rail.stepOf, spreadBasisPoints, feeBasisPoints }
}

/** Nothing moves, so nobody ever looks for it by its approval code: that is made of the id, and needs no number. */
function verified({ id, caller }: PlanInput): Pick<Verification, 'kind' | 'approvalCode' | 'body'> {
  const approvalCode = toApprovalCode(BigInt(`0x${uuidOf(id).slice(-12)}`))
  const approved = amountOf('KZT', 0n)
  const { codes } = caller
  const outcome = 'verified'
  const body = renderApproval({ id, outcome, approvalCode, approved, funding: [], codes })
  return { kind: 'verify', approvalCode, body }
}

type Checked = PlanInput & {
  readonly card: Card
  readonly wallet: WalletLink
  readonly day: string
}

type Permitted = {
  readonly rail: RailPort
  readonly billing: Amount<'KZT'>
  /** What is still to be asked under lock. */
  readonly asks: Asks | undefined
}

/** The rules of programme, bank and card, in order of precedence. */
function checkRules(
  rules: Rules,
  checked: Checked,
): Outcome<Permitted, DeclineReason | 'cash_limit_exceeded'> {
  const { request, card, wallet, day, now } = checked
  const { exchange } = wallet
  const rail = rules.rail(wallet, day)
  if (!rail) return refuse('exchange_not_licensed')
  const permitted = rules.permit({ request, card, exchange, now, withCash: !checked.isCashDropped })
  if (!permitted.ok && !isLimit(permitted.reason)) return permitted
  const asked = checkAmount(checked)
  if (!asked.ok) return asked
  const original = checkOriginal(checked)
  if (!original.ok) return original
  const billing = asked.value
  const cap = card.limits.perTransaction
  if ((cap !== undefined && billing > cap) || billing > rules.largestAuthorization(day))
    return refuse('amount_limit_exceeded')
  if (!permitted.ok) return permitted
  if (!wallet.assets.some((asset) => rules.isAssetAllowed(asset))) return refuse('asset_suspended')
  return accept({ rail, billing, asks: permitted.value.asks ?? undefined })
}

/** Limits are judged with the lists, but come after what lies in the message itself. */
function isLimit(reason: PermitRefusal): boolean {
  return reason === 'amount_limit_exceeded' || reason === 'cash_limit_exceeded'
}

/** What is to be debited in tenge: nothing for a verification, and for that only. */
function checkAmount({
  request,
  isCashDropped,
}: Checked): Outcome<Amount<'KZT'>, 'currency_not_supported' | 'invalid_amount'> {
  const { billing, cashback, type } = request
  if (billing === undefined) return refuse('currency_not_supported')
  const isNothing = billing === 0n
  if (isNothing !== (type === 'account_verification')) return refuse('invalid_amount')
  return accept(isCashDropped && cashback !== undefined ? subtract(billing, cashback) : billing)
}

/** An increment raises an open purchase of its own card, by a purchase. */
function checkOriginal({
  request,
  original,
}: Checked): Outcome<undefined, 'original_not_found' | 'original_closed'> {
  if (request.kind === 'authorization') return accept(undefined)
  if (!original) return refuse('original_not_found')
  const { cardToken, type, isOpen } = original
  const isPurchase = type === 'purchase' && request.type === 'purchase'
  const isRaisable = isOpen && isPurchase && cardToken === request.cardToken
  return isRaisable ? accept(undefined) : refuse('original_closed')
}
