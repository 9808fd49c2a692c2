/**
 * Every asset that an amount can be in, with its scale: the number of decimals of one minor unit. A scale can never be
 * changed once amounts are stored, so each is the finest that any of our exchanges books: their ledgers keep 8
 * decimals, Bybit Pay's recurring payments count ETH in 10^-18 and SOL in 10^-9. KZT is ISO 4217 number 398, in tiyn.
 */
export const ASSETS = {
  KZT: { scale: 2 },
  USDT: { scale: 8 },
  USDC: { scale: 8 },
  BTC: { scale: 8 },
  ETH: { scale: 18 },
  SOL: { scale: 9 },
  TON: { scale: 9 },
} as const satisfies Readonly<Record<string, { readonly scale: number }>>

/** Money that Tolem can count. */
export type AssetCode = keyof typeof ASSETS

/** What a wallet can be debited in: everything but the tenge. */
export type CryptoAsset = Exclude<AssetCode, 'KZT'>

/** All crypto assets, in the order of the table. */
export const CRYPTO_ASSETS = Object.keys(ASSETS).filter(
  (code): code is CryptoAsset => code !== 'KZT',
)

/** The decimals of one minor unit of an asset. */
export function scaleOf(asset: AssetCode): number {
  return ASSETS[asset].scale
}

/** Does this text name an asset that we can count? */
export function isAssetCode(text: string): text is AssetCode {
  return Object.hasOwn(ASSETS, text)
}

/** Does this text name an asset that a wallet can be debited in? */
export function isCryptoAsset(text: string): text is CryptoAsset {
  return text !== 'KZT' && isAssetCode(text)
}
