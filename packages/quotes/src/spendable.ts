import type { ExchangeId } from '@tolem/domain/ids'
import { accept, type Outcome } from '@tolem/domain/outcome'
import type { Amount } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import { affordableBilling } from './lower.ts'
import { applySpread, presentRate, type RateDeps, type RateRefusal } from './present-rate.ts'

/** What a wallet holds of one asset, and at which terms its bank would charge it. */
export type SpendableRequest = {
  readonly exchange: ExchangeId
  readonly asset: CryptoAsset
  readonly amount: Amount<CryptoAsset>
  /** The smallest amount that the rail moves, in minor units of the asset. */
  readonly step: bigint
  readonly spreadBasisPoints: number
  readonly feeBasisPoints: number
}

/** Tells what crypto would buy. */
export type Spendable = (request: SpendableRequest) => Outcome<Amount<'KZT'>, RateRefusal>

/**
 * The largest purchase, to the tiyn, whose quote at the present rate debits no more than `amount`: less spread and fee,
 * and less what the rail's step leaves over. A purchase of one tiyn more would not fit.
 */
export function createSpendable(deps: RateDeps): Spendable {
  return ({ exchange, asset, amount, step, spreadBasisPoints, feeBasisPoints }) => {
    const present = presentRate(deps, exchange, asset)
    if (!present.ok) return present
    const lowered = applySpread(present.value.rate, spreadBasisPoints)
    if (!lowered.ok) return lowered
    const { applied } = lowered.value
    return accept(affordableBilling({ asset, applied }, amount, { step, feeBasisPoints }))
  }
}
