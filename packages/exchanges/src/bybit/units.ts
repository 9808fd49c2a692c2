import { type CryptoAsset, scaleOf } from '@tolem/money/asset'

/** Decimals of Bybit Pay's minor units (pay-docs, amount precision; TON, which it leaves out, as on its chain). */
const DECIMALS = {
  USDT: 6,
  USDC: 6,
  BTC: 8,
  ETH: 18,
  SOL: 9,
  TON: 9,
} as const satisfies Record<CryptoAsset, number>

/** One minor unit of Bybit Pay in ours: 100 for USDT, which we count in 10^-8. */
export function bybitPayStep(asset: CryptoAsset): bigint {
  return 10n ** BigInt(scaleOf(asset) - DECIMALS[asset])
}
