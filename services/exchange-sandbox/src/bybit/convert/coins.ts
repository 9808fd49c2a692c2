import { scaleOf } from '../../coins.ts'

/** What Convert takes of a coin in one go, in whole coins, and to how many decimals. */
export type ConvertCoin = {
  readonly coin: string
  readonly least: string
  readonly most: string
  readonly decimals: number
}

/** BTC, ETH and SOL are the documents' sample (convert-coin-list); the others are plausible. */
const LIMITS: Readonly<Record<string, readonly [least: string, most: string]>> = {
  USDT: ['1', '1000000'],
  USDC: ['1', '1000000'],
  BTC: ['0.001', '1'],
  ETH: ['0.01', '250'],
  SOL: ['0.1', '1250'],
  TON: ['1', '100000'],
  KZT: ['500', '500000000'],
}

/** Convert counts eight decimals, or fewer where the coin has fewer. */
const DECIMALS_MAX = 8

/** The coins that Convert knows; each can be turned into each other one. */
export const CONVERT_COINS: ReadonlyMap<string, ConvertCoin> = new Map(
  Object.entries(LIMITS).map(([coin, [least, most]]) => {
    const decimals = Math.min(DECIMALS_MAX, scaleOf('bybit', coin) ?? 0)
    return [coin, { coin, least, most, decimals }]
  }),
)
