import { compareRates, parseRate, type Rate } from '@tolem/money/rate'

/**
 * Orders of magnitude in which each pair has traded for years, with room of ten or more on either side of late 2026.
 * They are no opinion about the market: they catch an inverted pair (1/474), a price in cents or in satoshi, another
 * coin's price. They matter for the first price of a lone source, which no other guard can compare with anything.
 */
const PLAUSIBLE: Readonly<Record<string, readonly [lowest: string, highest: string]>> = {
  'USDT/KZT': ['50', '5000'],
  'USDC/KZT': ['50', '5000'],
  'USDC/USDT': ['0.5', '2'],
  'BTC/USDT': ['1000', '10000000'],
  'ETH/USDT': ['50', '500000'],
  'SOL/USDT': ['2', '20000'],
  'TON/USDT': ['0.05', '500'],
}

const RANGES = new Map(
  Object.entries(PLAUSIBLE).map(([pair, [lowest, highest]]) => [
    pair,
    [rate(lowest), rate(highest)],
  ]),
)

/** Could this be a price of that pair at all? A pair without a known range could be anything. */
export function isPlausible(pair: string, price: Rate): boolean {
  const [lowest, highest] = RANGES.get(pair) ?? []
  if (lowest === undefined || highest === undefined) return true
  return compareRates(price, lowest) >= 0 && compareRates(price, highest) <= 0
}

function rate(text: string): Rate {
  const parsed = parseRate(text)
  if (parsed === undefined) throw new RangeError(`${text} is not a rate`)
  return parsed
}
