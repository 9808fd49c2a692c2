import type { ExchangeId } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import { cryptoToTenge, tengeToCrypto } from '@tolem/money/convert'
import type { RateMirror } from '@tolem/quotes/mirror'
import type { WorthOf } from './plan-conversion.ts'

/**
 * What an asset is worth at an exchange by the last published rates, to tell whether an order reaches a market's
 * minimum before it is sent. Without a rate nothing is told: the exchange itself refuses what is too small, and what
 * the programme holds is not held on to because prices are bad.
 */
export function createWorth(
  mirror: Pick<RateMirror, 'latest'>,
  exchange: ExchangeId,
  asset: CryptoAsset,
): WorthOf {
  const bidOf = (of: CryptoAsset) => {
    const rate = mirror.latest(exchange, of)
    return rate?.state === 'safe' ? rate.bid : undefined
  }
  return (money, amount) => {
    const bid = bidOf(asset)
    if (bid === undefined) return undefined
    const rounding = 'against_programme'
    const tenge = cryptoToTenge(amountOf(asset, amount), { asset, rate: bid, rounding })
    if (money === 'KZT') return tenge
    const dollar = bidOf('USDT')
    return dollar && tengeToCrypto(tenge, { asset: 'USDT', rate: dollar, step: 1n, rounding })
  }
}
