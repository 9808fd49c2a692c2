import type { ConversionMarket } from '@tolem/domain/conversion'
import type { ScriptedPrice } from './market-books.ts'

const COIN = 100_000_000n

/** Dollars for tenge, from 1 dollar and 500 tenge on; bitcoin for dollars, from 5 dollars on. */
export const RULES: readonly ConversionMarket[] = [
  {
    asset: 'USDT',
    money: 'KZT',
    step: 10_000n,
    smallest: COIN,
    largest: 10n ** 14n,
    smallestWorth: 50_000n,
  },
  {
    asset: 'BTC',
    money: 'USDT',
    step: 1_000n,
    smallest: 1_000n,
    largest: 10n ** 10n,
    smallestWorth: 5n * COIN,
  },
]

/** 470 tenge for a dollar, 100,000 dollars for a bitcoin: in minor units for 10^12. */
export const STEADY: ScriptedPrice = (asset) => (asset === 'USDT' ? 470_000_000n : 10n ** 17n)
