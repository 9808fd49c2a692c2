import type { ConversionOrder, ConversionReference } from '@tolem/domain/conversion'
import type { ExchangeId } from '@tolem/domain/ids'
import { type Amount, parseAmount } from '@tolem/money/amount'
import type { AssetCode } from '@tolem/money/asset'
import type { ConversionSettings, ExchangeSettings } from '../settings.ts'
import { binanceDialect } from './binance-dialect.ts'
import { openRails } from './opened-rails.ts'

/** What the tests sell. */
export const SELL: ConversionOrder = {
  reference: 'tv0000000000000000000000001' as ConversionReference,
  exchange: 'binance' as ExchangeId,
  side: 'sell',
  asset: 'USDT',
  money: 'KZT',
  amount: coins('USDT', '10'),
}

/** An amount as whole coins. */
export function coins<A extends AssetCode>(asset: A, text: string): Amount<A> {
  const parsed = parseAmount(asset, text)
  if (!parsed.ok) throw new Error(parsed.reason)
  return parsed.value
}

/** Binance with a way of converting. */
export function convertingBinance(
  host: string,
  change: Partial<ConversionSettings>,
): ExchangeSettings {
  return {
    ...binanceDialect.settings(host),
    adapter: 'binance',
    conversion: {
      via: 'spot',
      host,
      slippageBasisPoints: 50,
      notFoundIsFinalAfterMs: 30_000,
      ...change,
    },
  }
}

/** A scripted exchange, and the way in which it converts. */
export async function openConversion(change: Partial<ConversionSettings>) {
  const settings = (host: string) => convertingBinance(host, change)
  const { exchange, rails, close } = await openRails(settings)
  const conversion = rails.conversionFor(SELL.exchange)
  if (!conversion) throw new Error('the conversion is missing')
  const asked = () =>
    exchange.seen.map(({ method, path, query }) => {
      const {
        signature: _,
        timestamp: __,
        recvWindow: ___,
        ...parameters
      } = Object.fromEntries(new URLSearchParams(query))
      return [`${method} ${path}`, parameters]
    })
  return { exchange, rails, conversion, asked, close }
}
