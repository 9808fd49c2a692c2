import { type Amount, amountOf } from '@tolem/money/amount'
import { type AssetCode, CRYPTO_ASSETS, type CryptoAsset, scaleOf } from '@tolem/money/asset'
import { readCoins } from '../coins.ts'

/**
 * Decimals of Bybit Pay's minor units (pay-docs, amount precision; TON, which it leaves out, as on its chain). Its own
 * skill page counts USDT in two, 10^4 times as much: one tiny debit before going live tells which is true.
 */
const PAY_DECIMALS = {
  USDT: 6,
  USDC: 6,
  BTC: 8,
  ETH: 18,
  SOL: 9,
  TON: 9,
} as const satisfies Record<CryptoAsset, number>

/**
 * Decimals of what a transfer moves. How many Bybit takes is not published, only that it refuses too many (131210): its
 * ledger keeps eight of every asset, its withdrawals and Bybit Pay know six of dollars. What is coarser is taken under
 * either.
 */
const TRANSFER_DECIMALS = {
  USDT: 6,
  USDC: 6,
  BTC: 8,
  ETH: 8,
  SOL: 8,
  TON: 8,
} as const satisfies Record<CryptoAsset, number>

/** The most that an amount can be. */
const MOST = 10n ** 38n - 1n

/** One minor unit of Bybit Pay in ours, asset by asset: 100 for USDT, which we count in 10^-8. */
export type PayStep = (asset: CryptoAsset) => bigint

/**
 * Bybit Pay's minor units, with the programme's word before its documents'.
 *
 * @throws {RangeError} when the programme names more decimals than we count an asset in.
 */
export function bybitPayStep(decimals: Decimals = {}): PayStep {
  return stepsOf({ ...PAY_DECIMALS, ...withoutHoles(decimals) })
}

/**
 * The smallest amounts that transfers move, with the programme's word before ours: 10^10 for ETH, which we count in
 * wei.
 *
 * @throws {RangeError} when the programme names more decimals than we count an asset in.
 */
export function bybitTransferStep(decimals: Decimals = {}): PayStep {
  return stepsOf({ ...TRANSFER_DECIMALS, ...withoutHoles(decimals) })
}

type Decimals = { readonly [asset in CryptoAsset]?: number | undefined }

function withoutHoles(decimals: Decimals): { readonly [asset in CryptoAsset]?: number } {
  return Object.fromEntries(Object.entries(decimals).filter(([, count]) => count !== undefined))
}

function stepsOf(decimals: Readonly<Record<CryptoAsset, number>>): PayStep {
  const steps = Object.fromEntries(
    CRYPTO_ASSETS.map((asset) => [asset, 10n ** BigInt(scaleOf(asset) - decimals[asset])]),
  ) as Record<CryptoAsset, bigint>
  return (asset) => steps[asset]
}

/**
 * Reads whole coins with up to 40 decimals, where Bybit counts finer than we do, as many minor units as surely are in
 * it (`down`) or as it takes at most (`up`).
 */
export function readRounded<A extends AssetCode>(
  asset: A,
  text: string,
  rounding: 'down' | 'up',
): Amount<A> | undefined {
  const [whole = '', fraction = '', ...rest] = text.split('.')
  if (rest.length > 0 || !/^[0-9]{0,40}$/.test(fraction)) return undefined
  const scale = scaleOf(asset)
  const floor = readCoins(asset, fraction ? `${whole}.${fraction.slice(0, scale)}` : whole)
  if (floor === undefined) return undefined
  const isExact = /^0*$/.test(fraction.slice(scale))
  if (isExact || rounding === 'down') return floor
  return floor < MOST ? amountOf(asset, floor + 1n) : undefined
}

/** A precision such as `0.000001` in minor units; one that is finer than ours is ours. Nothing when it is none. */
export function smallestUnit(asset: AssetCode, precision: string): bigint | undefined {
  const unit = readRounded(asset, precision, 'up')
  return unit === undefined || unit === 0n ? undefined : unit
}
