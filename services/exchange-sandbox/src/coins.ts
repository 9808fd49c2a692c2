/**
 * Amounts of coins as each exchange counts them. The sandbox has its own scales on purpose: a scale that is wrong in
 * our adapters must not be wrong here in the same way.
 */

/** The exchanges that the sandbox plays. */
export type Exchange = 'binance' | 'bybit' | 'partner'

/**
 * Decimals of Bybit Pay's minor units (pay-docs appendix; TON from its chain), which are Bybit's ledger here. Tenge is
 * kept to the hundred-millionth, so that a fill and its fee are exact.
 */
const BYBIT_SCALES: Readonly<Record<string, number>> = {
  USDT: 6,
  USDC: 6,
  BTC: 8,
  ETH: 18,
  SOL: 9,
  TON: 9,
  TRX: 6,
  BNB: 8,
  KZT: 8,
}

/** Binance's ledger keeps eight decimals of every asset, and the partner protocol has no more. */
const EIGHT_DECIMALS = 8

/** The assets that a wallet may hold. */
export const ASSETS: readonly string[] = Object.keys(BYBIT_SCALES)

/** Decimals of one unit of the asset at the exchange; undefined for an asset that the sandbox does not know. */
export function scaleOf(exchange: Exchange, asset: string): number | undefined {
  const scale = BYBIT_SCALES[asset]
  return scale === undefined || exchange === 'bybit' ? scale : EIGHT_DECIMALS
}

/**
 * Reads a non-negative decimal string of whole coins, such as `1.5`, into units of 10^-scale. Undefined when it is not
 * one, or when it has more significant decimals than the scale holds.
 */
export function parseCoins(text: string, scale: number): bigint | undefined {
  const match = /^(\d{1,30})(?:\.(\d{1,30}))?$/.exec(text)
  if (match === null) return undefined
  const decimals = (match[2] ?? '').replace(/0+$/, '')
  if (decimals.length > scale) return undefined
  return BigInt(`${match[1]}${decimals.padEnd(scale, '0')}`)
}

/** Writes units of 10^-scale as a decimal string of whole coins, with all decimals of the scale. */
export function formatCoins(units: bigint, scale: number): string {
  const sign = units < 0n ? '-' : ''
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0')
  const point = digits.length - scale
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`
}

/** The same without trailing zeros, as in Binance's history of transfers and in the partner protocol. */
export function formatCoinsShort(units: bigint, scale: number): string {
  return formatCoins(units, scale).replace(/\.?0+$/, '')
}
