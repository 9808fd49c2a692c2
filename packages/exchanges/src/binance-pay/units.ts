import type { Amount } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import { writeCoins } from '../coins.ts'
import { bareNumber } from '../raw-json.ts'

/** Contracts are in one of these: fiat and other coins are not taken (Binance Pay, Create Contract, currency). */
export const CONTRACT_ASSETS: readonly CryptoAsset[] = ['USDT', 'USDC']

/** An amount as the bare JSON number that Binance Pay wants, exact and without zeros at its end. */
export function writeNumber(asset: CryptoAsset, amount: Amount<CryptoAsset>): unknown {
  return bareNumber(writeCoins(asset, amount))
}
