import type { ConversionOrder, ConversionReference } from '@tolem/domain/conversion'
import type { ExchangeId } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import type { ConversionPort } from '../conversion-port.ts'
import type { ExchangeSettings } from '../settings.ts'
import { bybitSubaccountDialect } from './bybit-subaccount-dialect.ts'
import { openRails } from './opened-rails.ts'
import type { ScriptedExchange } from './scripted-exchange.ts'

const BYBIT = 'bybit' as ExchangeId

/** Half an ether, to be sold for dollars. */
export const saleOfEther: ConversionOrder = {
  reference: 'tv0123456789abcdefghijklmno' as ConversionReference,
  exchange: BYBIT,
  side: 'sell',
  asset: 'ETH',
  money: 'USDT',
  amount: amountOf('ETH', 500_000_000_000_000_000n),
}

type Given = { readonly accountType?: 'FUND' | 'UNIFIED'; readonly now?: () => number }

/** Bybit's way of converting at a scripted exchange; the sub-accounts pay into `accountType`. */
export async function openBybitConversion(
  via: 'spot' | 'convert',
  { accountType = 'FUND', now }: Given = {},
): Promise<{ exchange: ScriptedExchange; port: ConversionPort; close: () => Promise<void> }> {
  const settingsAt = (host: string): ExchangeSettings => {
    const { rails, ...settings } = bybitSubaccountDialect.settings(host)
    return {
      ...settings,
      adapter: 'bybit',
      rails: rails.map((rail) => ({ ...rail, accountType }) as typeof rail),
      conversion: { via, host, slippageBasisPoints: 50, notFoundIsFinalAfterMs: 30_000 },
    }
  }
  const { exchange, rails, close } = await openRails(settingsAt, now)
  const port = rails.conversionFor(BYBIT)
  if (!port) throw new Error('no conversion')
  return { exchange, port, close }
}
