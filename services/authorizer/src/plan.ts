import type { EarlyDecline, Intent } from '@tolem/authorizations/accept'
import type { AuthorizationRequest } from '@tolem/domain/authorization'
import { type Card, checkCard, type WalletLink } from '@tolem/domain/card'
import type { DeclineReason } from '@tolem/domain/decision'
import { type AuthorizationId, movementReference } from '@tolem/domain/ids'
import { localDay, localMonth } from '@tolem/domain/local-day'
import { accept, type Outcome, refuse } from '@tolem/domain/outcome'
import type { Amount } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import type { Quotes } from '@tolem/quotes/quotes'
import { renderDecline } from '@tolem/wire/authorization'
import type { Caller } from './callers.ts'
import type { Rules } from './rules.ts'

/** After the budget, settlement waits this long before it takes over: what was late may still be on its way. */
const TAKE_OVER_AFTER_MS = 1_000

/** What a plan is made of. */
export type PlanInput = {
  readonly id: AuthorizationId
  readonly request: AuthorizationRequest
  readonly caller: Caller
  readonly card: Card | undefined
  /** Wall clock, milliseconds since the epoch. */
  readonly now: number
}

/** Makes the plan of an authorization: what to debit for it, or the first reason not to, in order of precedence. */
export type Planner = (input: PlanInput) => Intent | EarlyDecline

/** Every check and price that needs no I/O. What changes under our feet is checked again by ACCEPT. */
export function createPlanner(rules: Rules, quotes: Quotes): Planner {
  return (input) => {
    const found = intend(rules, quotes, input)
    if (found.ok) return found.value
    const { id, caller } = input
    return {
      kind: 'decline',
      reason: found.reason,
      body: renderDecline(id, found.reason, caller.codes),
    }
  }
}

function intend(rules: Rules, quotes: Quotes, input: PlanInput): Outcome<Intent, DeclineReason> {
  const { id, request, caller, card, now } = input
  if (!card) return refuse('unknown_card')
  const checked = checkCard(card, localMonth(now))
  if (!checked.ok) return checked
  const day = localDay(now)
  const permitted = checkRules(rules, { request, card, wallet: checked.value, day })
  if (!permitted.ok) return permitted

  const { wallet, asset, step, billing } = permitted.value
  const { exchange } = wallet
  const { spreadBasisPoints, feeBasisPoints } = caller
  const quoted = quotes.quote({ billing, exchange, asset, step, spreadBasisPoints, feeBasisPoints })
  if (!quoted.ok) return quoted
  const quote = quoted.value
  return accept({
    kind: 'intend',
    card,
    quote,
    debit: { reference: movementReference(id, 'debit', 1), wallet, asset, amount: quote.debit },
    day,
    validForMs: caller.responseBudgetMs,
    decidedWithinMs: caller.responseBudgetMs + TAKE_OVER_AFTER_MS,
  })
}

type Checked = {
  readonly request: AuthorizationRequest
  readonly card: Card
  readonly wallet: WalletLink
  readonly day: string
}

type Permitted = {
  readonly wallet: WalletLink
  readonly asset: CryptoAsset
  readonly step: bigint
  readonly billing: Amount<'KZT'>
}

/** The programme's rules, in order of precedence. */
function checkRules(
  rules: Rules,
  { request, card, wallet, day }: Checked,
): Outcome<Permitted, DeclineReason> {
  const { billing } = request
  const [asset] = wallet.assets
  const rail = rules.rail(wallet, day)
  if (!rail) return refuse('exchange_not_licensed')
  if (!rules.isTypePermitted(request.type)) return refuse('transaction_type_not_permitted')
  if (billing === undefined) return refuse('currency_not_supported')
  if (billing === 0n) return refuse('invalid_amount')
  const cap = card.limits.perTransaction
  if ((cap !== undefined && billing > cap) || billing > rules.largestAuthorization(day))
    return refuse('amount_limit_exceeded')
  if (!rules.isAssetAllowed(asset)) return refuse('asset_suspended')
  return accept({ wallet, asset, step: rail.stepOf(asset), billing })
}
