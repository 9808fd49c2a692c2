import type { AssemblyParts, ConversionAssembly, RailAssembly } from '../assembly.ts'
import type { BinanceSubaccountSettings, ConversionSettings, RailLimits } from '../settings.ts'
import { createBinanceConvert } from './convert.ts'
import { createBinanceKey } from './key.ts'
import type { BinanceLine } from './line.ts'
import { createBinanceSigner } from './sign.ts'
import { createBinanceSpot } from './spot.ts'
import { createBinanceSubaccount } from './sub-account.ts'
import { createBinanceHistory } from './transfer-history.ts'

/** A rail of Binance with all that belongs to it. */
export function createBinanceRail(
  settings: BinanceSubaccountSettings,
  parts: AssemblyParts,
): RailAssembly {
  const line = openLine(settings.host, parts)
  const { exchange } = parts
  const { masterEmail } = settings
  return {
    client: line.client,
    port: createBinanceSubaccount({ ...line, exchange, settings }),
    key: createBinanceKey({ ...line, exchange, usedFor: 'binance-subaccount' }),
    ...(masterEmail && { history: createBinanceHistory({ ...line, exchange, masterEmail }) }),
  }
}

/**
 * What Binance allows in a second: of the spot market ten orders, and of 6,000 weights a minute as many look-ups as
 * take 9 each (Binance Spot API, LIMITS); of Convert, by account, 180,000 weights a minute for each of its calls, where
 * an acceptance takes 500, a quote 200 and a look-up 100 (Binance Convert).
 */
const LIMITS = {
  spot: { concurrentCalls: 4, debitsPerSecond: 10, lookUpsPerSecond: 10 },
  convert: { concurrentCalls: 4, debitsPerSecond: 6, lookUpsPerSecond: 15 },
} as const satisfies Record<ConversionSettings['via'], RailLimits>

/** Convert lists some hundred pairs for a coin, about 170 bytes each. */
const LARGEST_LIST_BYTES = 1024 * 1024

/** How Binance converts: by market orders or by quotes of Convert, as the programme says. */
export function createBinanceConversion(
  settings: ConversionSettings,
  parts: AssemblyParts,
): ConversionAssembly {
  const { via, host } = settings
  const own = { limits: LIMITS[via], largestBodyBytes: LARGEST_LIST_BYTES }
  const line = openLine(host, { ...parts, open: (family, at) => parts.open(family, at, own) })
  const { exchange } = parts
  const create = via === 'spot' ? createBinanceSpot : createBinanceConvert
  return {
    client: line.client,
    port: create({ ...line, exchange, settings }),
    key: createBinanceKey({ ...line, exchange, usedFor: 'conversion' }),
  }
}

function openLine(host: string, parts: AssemblyParts): BinanceLine {
  const client = parts.open('binance', host)
  const sign = createBinanceSigner({ ...parts, now: client.clock.now })
  return { client, sign, receiveWindowMs: parts.receiveWindowMs }
}
