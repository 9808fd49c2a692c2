import type { WalletLink } from '@tolem/domain/card'
import type { QuoteId } from '@tolem/domain/ids'
import { accept, type Outcome, refuse } from '@tolem/domain/outcome'
import type { Quote } from '@tolem/domain/quote'
import { type Amount, add, amountOf, type Money, subtract } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import { cryptoToTenge, shareOf, tengeToCrypto } from '@tolem/money/convert'
import type { Quotes } from '@tolem/quotes/quotes'

/** What is to be collected, from where, and at which terms. Basis points are of the bank. */
export type CollectionAsk = {
  /** In tiyn, more than nothing. */
  readonly owed: Amount<'KZT'>
  readonly wallet: WalletLink
  /** What may be debited of the wallet, in the cardholder's order. */
  readonly assets: readonly CryptoAsset[]
  /** The smallest amount that the rail moves, in minor units of the asset. */
  readonly stepOf: (asset: CryptoAsset) => bigint
  readonly spreadBasisPoints: number
  readonly feeBasisPoints: number
  /** Where the debit must be at an earlier price: that one. It holds for its own asset and exchange alone. */
  readonly original: Quote | undefined
  /** How many debits were refused: without balances each try takes the next asset. */
  readonly refused: number
  /** What the wallet holds, where the rail told. */
  readonly balances: readonly Money<CryptoAsset>[] | undefined
}

/** Why nothing can be collected now. */
export type Unpriced = 'rate_unavailable' | 'rate_unsafe' | 'wallet_empty' | 'asset_suspended'

/** Prices a collection, or a part of it where the wallet holds less. */
export type CollectionPricing = (ask: CollectionAsk) => Outcome<Quote, Unpriced>

// A hundred tenge. A smaller part is not worth a movement of its own: it waits until the wallet has more.
const SMALLEST_PART = amountOf('KZT', 10_000n)

/** Prices out of memory: no I/O. */
export function createCollectionPricing(deps: {
  readonly quotes: Pick<Quotes, 'quote'>
  readonly newQuoteId: () => QuoteId
}): CollectionPricing {
  return (ask) => {
    const { assets, balances, owed, refused } = ask
    if (balances) return fitAny(deps, ask, balances)
    const asset = assets[refused % Math.max(assets.length, 1)]
    return asset === undefined ? refuse('asset_suspended') : quoteAt(deps, ask, { asset, owed })
  }
}

type Deps = Parameters<typeof createCollectionPricing>[0]

/** The first asset that covers all of it; else of all the one that covers the most. */
function fitAny(
  deps: Deps,
  ask: CollectionAsk,
  balances: readonly Money<CryptoAsset>[],
): Outcome<Quote, Unpriced> {
  let best: Outcome<Quote, Unpriced> = refuse(
    ask.assets.length === 0 ? 'asset_suspended' : 'wallet_empty',
  )
  for (const asset of ask.assets) {
    const balance = balances.find((one) => one.asset === asset)?.amount ?? 0n
    const found = fit(deps, ask, { asset, balance })
    if (found.ok && found.value.billing === ask.owed) return found
    if (isBetter(found, best)) best = found
  }
  return best
}

/** More is better than less, anything better than nothing; of two refusals that of a rate may pass soonest. */
function isBetter(found: Outcome<Quote, Unpriced>, best: Outcome<Quote, Unpriced>): boolean {
  if (found.ok) return !best.ok || found.value.billing > best.value.billing
  return !best.ok && best.reason === 'wallet_empty'
}

function fit(
  deps: Deps,
  ask: CollectionAsk,
  { asset, balance }: { readonly asset: CryptoAsset; readonly balance: bigint },
): Outcome<Quote, Unpriced> {
  const whole = quoteAt(deps, ask, { asset, owed: ask.owed })
  if (!whole.ok || whole.value.debit <= balance) return whole
  const step = ask.stepOf(asset)
  const movable = amountOf(asset, (balance / step) * step)
  const worth = cryptoToTenge(movable, {
    asset,
    rate: whole.value.applied,
    rounding: 'against_programme',
  })
  // The largest billing that is, with its fee, worth no more than the wallet holds.
  const part = amountOf('KZT', (worth * 10_000n) / (10_000n + BigInt(ask.feeBasisPoints)))
  if (part < SMALLEST_PART) return refuse('wallet_empty')
  return quoteAt(deps, ask, { asset, owed: part })
}

function quoteAt(
  { quotes, newQuoteId }: Deps,
  ask: CollectionAsk,
  { asset, owed: billing }: { readonly asset: CryptoAsset; readonly owed: Amount<'KZT'> },
): Outcome<Quote, Unpriced> {
  const { original, wallet, spreadBasisPoints, feeBasisPoints } = ask
  const { exchange } = wallet
  const step = ask.stepOf(asset)
  const isOriginals = original?.asset === asset && original.exchange === exchange
  if (!isOriginals)
    return quotes.quote({ billing, exchange, asset, step, spreadBasisPoints, feeBasisPoints })
  return accept({
    ...original,
    id: newQuoteId(),
    ...reprice(original, { billing, feeBasisPoints, step }),
  })
}

/** The same rates for another amount, by the arithmetic of every quote. */
function reprice(
  { asset, applied, bid }: Quote,
  to: {
    readonly billing: Amount<'KZT'>
    readonly feeBasisPoints: number
    readonly step: bigint
  },
): Pick<Quote, 'billing' | 'fee' | 'debit' | 'spread'> {
  const { billing, feeBasisPoints: basisPoints, step } = to
  const rounding = 'against_cardholder'
  const fee = shareOf('KZT', { amount: billing, basisPoints, rounding })
  const due = add(billing, fee)
  const debit = tengeToCrypto(due, { asset, rate: applied, step, rounding })
  const worth = cryptoToTenge(debit, { asset, rate: bid, rounding: 'against_programme' })
  return { billing, fee, debit, spread: subtract(worth, due) }
}
