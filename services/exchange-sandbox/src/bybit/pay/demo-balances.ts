import { parseCoins, scaleOf } from '../../coins.ts'

/** What a wallet holds when it is signed on the page, or over /control without saying: a simulated user's savings. */
export const DEMO_BALANCES: ReadonlyMap<string, bigint> = new Map(
  Object.entries({ USDT: '1000', USDC: '1000', BTC: '0.05', ETH: '1', SOL: '20', TON: '1000' }).map(
    ([asset, coins]) => [asset, parseCoins(coins, scaleOf('bybit', asset) ?? 0) ?? 0n],
  ),
)
