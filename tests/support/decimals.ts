/** Decimals in which the ledger counts each asset. Written down here again, on purpose. */
export const LEDGER_DECIMALS: Readonly<Record<string, number>> = {
  USDT: 8,
  USDC: 8,
  BTC: 8,
  ETH: 18,
  SOL: 9,
  TON: 9,
}

/** Decimals of the smallest amount that each rail moves. */
const RAIL_DECIMALS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'bybit-pay': { USDT: 6, USDC: 6, BTC: 8, ETH: 18, SOL: 9, TON: 9 },
  'bybit-subaccount': { USDT: 6, USDC: 6, BTC: 8, ETH: 8, SOL: 8, TON: 8 },
  'binance-pay': { USDT: 8, USDC: 8 },
  'binance-subaccount': { USDT: 8, USDC: 8, BTC: 8, ETH: 8, SOL: 8, TON: 8 },
}

/** How many of the ledger's units make one of the rail's. */
export function stepAt(rail: string, asset: string): bigint {
  const [finest, coarse] = [LEDGER_DECIMALS[asset], RAIL_DECIMALS[rail]?.[asset]]
  if (finest === undefined || coarse === undefined)
    throw new Error(`no decimals are written down for ${asset} over ${rail}`)
  return 10n ** BigInt(finest - coarse)
}

/** The ledger's amount of an asset in 10^-18 of a coin, in which amounts of all scales compare. */
export function fromLedger(asset: string, amount: string | bigint): bigint {
  const decimals = LEDGER_DECIMALS[asset]
  if (decimals === undefined) throw new Error(`no decimals are written down for ${asset}`)
  return BigInt(amount) * 10n ** BigInt(18 - decimals)
}
