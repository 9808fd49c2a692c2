import type { PlannedDebits } from '@tolem/authorizations/accept'
import type { WalletLink } from '@tolem/domain/card'
import { type DeclineReason, firstReason } from '@tolem/domain/decision'
import { type AuthorizationId, movementReference } from '@tolem/domain/ids'
import { accept, type Outcome, refuse } from '@tolem/domain/outcome'
import type { Quote } from '@tolem/domain/quote'
import { type Amount, amountOf } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import { lowerQuote } from '@tolem/quotes/lower'
import type { Quotes } from '@tolem/quotes/quotes'
import { type Split, splitBilling } from '@tolem/quotes/split'

/** What a wallet holds, asset by asset; an asset that is not there is one of which it holds nothing. */
export type Held = ReadonlyMap<CryptoAsset, Amount<CryptoAsset>>

/** Where prices come from, and which assets the programme lets pay. */
export type Prices = Pick<Quotes, 'quote'> & { isAssetAllowed(asset: CryptoAsset): boolean }

/** What is to be paid, from where, and at which terms. */
export type FundingRequest = {
  readonly billing: Amount<'KZT'>
  readonly wallet: WalletLink
  /** Those of the wallet's assets that may pay, in its order. */
  readonly assets: readonly CryptoAsset[]
  readonly stepOf: (asset: CryptoAsset) => bigint
  readonly spreadBasisPoints: number
  readonly feeBasisPoints: number
  /** What the wallet is known to hold; absent: the first asset is taken to hold enough. */
  readonly held?: Held | undefined
  /** Prices that were looked up for this authorization before: it keeps them. */
  readonly known?: readonly Quote[]
}

/** Divides a billing among the assets of a wallet. */
export function fund(prices: Prices, request: FundingRequest): Split {
  const { billing, wallet, assets, stepOf, spreadBasisPoints, feeBasisPoints, held } = request
  const { exchange } = wallet
  return splitBilling({
    billing,
    feeBasisPoints,
    payers: assets
      .filter((asset) => prices.isAssetAllowed(asset))
      .map((asset) => ({
        asset,
        step: stepOf(asset),
        available: held && (held.get(asset) ?? amountOf(asset, 0n)),
      })),
    quoteOf({ asset, step }, part) {
      const before = request.known?.find((quote) => quote.asset === asset)
      if (before) return accept(lowerQuote(before, part, { step, feeBasisPoints }))
      const terms = { step, spreadBasisPoints, feeBasisPoints }
      return prices.quote({ billing: part, exchange, asset, ...terms })
    },
  })
}

/** Why an asset cannot pay. */
export type Unfunded = Extract<
  DeclineReason,
  'asset_suspended' | 'rate_unavailable' | 'rate_unsafe' | 'insufficient_funds'
>

/**
 * The quotes of a whole billing. Where the wallet is not known to hold enough, its first asset is asked for all of it:
 * the exchange knows better, and what it refuses whole leaves nothing to be taken back.
 */
export function fundWhole(
  prices: Prices,
  request: FundingRequest,
): Outcome<readonly Quote[], Unfunded> {
  const split = fund(prices, request)
  if (split.uncovered === 0n) return accept(split.quotes)
  const alone = request.held ? fund(prices, { ...request, held: undefined }) : split
  if (alone.uncovered === 0n) return accept(alone.quotes)
  const isAnySuspended = !request.assets.every((asset) => prices.isAssetAllowed(asset))
  const reasons = [...(isAnySuspended ? ['asset_suspended' as const] : []), ...alone.refusals]
  return refuse(firstReason(reasons) ?? 'insufficient_funds')
}

/** The debits of some quotes, under references from `firstOrdinal` on. */
export function toDebits(
  id: AuthorizationId,
  quotes: readonly Quote[],
  { wallet, firstOrdinal }: { readonly wallet: WalletLink; readonly firstOrdinal: number },
): PlannedDebits {
  const [first, ...further] = quotes.map((quote, index) => ({
    order: {
      reference: movementReference(id, 'debit', firstOrdinal + index),
      wallet,
      asset: quote.asset,
      amount: quote.debit,
    },
    quote,
  }))
  if (!first) throw new Error('what is to be paid is paid by something')
  return [first, ...further]
}
