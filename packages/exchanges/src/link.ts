import type { ExchangeId } from '@tolem/domain/ids'
import type { BanBoard } from './bans.ts'
import { binanceProtection } from './binance/protection.ts'
import { binanceServerTime } from './binance/server-time.ts'
import { binancePayProtection } from './binance-pay/protection.ts'
import { bybitProtection } from './bybit/protection.ts'
import { bybitServerTime } from './bybit/server-time.ts'
import type { BreakerSettings } from './http/breaker.ts'
import { createExchangeClient, type ExchangeClient } from './http/client.ts'
import type { Protection } from './http/protection.ts'
import { partnerProtection } from './partner/protection.ts'
import { partnerServerTime } from './partner/server-time.ts'
import type { ReadServerTime } from './server-time.ts'
import type { RailLimits } from './settings.ts'

/** How each family of exchanges says no, and where its clock is read. */
const FAMILIES = {
  bybit: { protection: bybitProtection, serverTime: bybitServerTime },
  binance: { protection: binanceProtection, serverTime: binanceServerTime },
  // Its host is not known to tell the time: then any answer still says that it is there.
  'binance-pay': { protection: binancePayProtection, serverTime: binanceServerTime },
  partner: { protection: partnerProtection, serverTime: partnerServerTime },
} as const satisfies Record<
  string,
  { protection: Protection; serverTime: (call: ExchangeClient['call']) => ReadServerTime }
>

/** Whose protocol is spoken. */
export type ExchangeFamily = keyof typeof FAMILIES

const CLOCK_LIMIT = { timeoutMs: 2_000 }

/** A client of one of an exchange's hosts, with the exchange's own rules of calling it. */
export function openLink(
  family: ExchangeFamily,
  { bans, exchange, ...link }: LinkDeps,
): ExchangeClient {
  const { protection, serverTime } = FAMILIES[family]
  return createExchangeClient({
    ...link,
    protection,
    bans: { until: () => bans.until(exchange), ban: (until) => bans.ban(exchange, until) },
    askTime: (call) => serverTime(call)(CLOCK_LIMIT),
  })
}

/** Where and how fast. */
export type LinkDeps = {
  readonly exchange: ExchangeId
  readonly host: string
  readonly limits: RailLimits
  readonly breaker?: BreakerSettings | undefined
  readonly now: () => number
  readonly bans: BanBoard
  readonly largestBodyBytes?: number | undefined
}
