import { randomUUIDv7 } from 'node:crypto'
import type { Conversions } from '@tolem/conversions'
import type { ResultAccounts } from '@tolem/conversions/order'
import type { ConversionId } from '@tolem/domain/conversion'
import type { ExchangeId } from '@tolem/domain/ids'
import type { ConversionPort } from '@tolem/exchanges/conversion-port'
import { LEDGER_ACCOUNTS } from '@tolem/ledger'
import type { RateMirror } from '@tolem/quotes/mirror'
import type { Logger } from '@tolem/telemetry/logger'
import type { SettlementConfig } from '../config.ts'
import type { SettlementProgramme } from '../terms.ts'
import { type Converter, createConverter } from './converter.ts'
import { createDesk, type Desk } from './desk.ts'
import { createMarkets } from './markets.ts'
import type { ConversionMeters } from './meters.ts'
import { createWorth } from './worth.ts'

/** Where ways of converting are found. */
export type ConversionFinder = {
  conversionFor(exchange: ExchangeId): ConversionPort | undefined
}

export type ConverterParts = {
  readonly config: SettlementConfig
  readonly programme: SettlementProgramme
  readonly rails: ConversionFinder
  readonly conversions: Conversions
  readonly mirror: Pick<RateMirror, 'latest'>
  readonly meters: ConversionMeters
  readonly logger: Logger
  /** In [0, 1). */
  readonly random: () => number
  /** Milliseconds that only ever grow. */
  readonly elapsed: () => number
}

/**
 * A desk for each exchange that the programme lets convert.
 *
 * @throws when the programme lets an exchange convert that has no way of it.
 */
export function openConverter(parts: ConverterParts): Converter {
  const { config, programme, conversions, meters, logger, elapsed } = parts
  const desks = programme.exchanges.flatMap(({ id, conversion }) =>
    conversion ? [openDesk(parts, id, conversion.everyMs)] : [],
  )
  const pollIntervalMs = config.POLL_INTERVAL_MS
  return createConverter({ conversions, desks, meters, logger, elapsed, pollIntervalMs })
}

function openDesk(parts: ConverterParts, exchange: ExchangeId, everyMs: number): Desk {
  const { config, rails, mirror, ...rest } = parts
  const port = rails.conversionFor(exchange)
  if (!port) throw new Error(`the programme lets ${exchange} convert, which cannot`)
  const timeoutMs = config.CONVERSION_TIMEOUT_MS
  return createDesk({
    ...rest,
    port,
    everyMs,
    timeoutMs,
    leaseMs: config.LEASE_MS,
    backoff: { firstMs: config.BACKOFF_FIRST_MS, longestMs: config.BACKOFF_LONGEST_MS },
    markets: createMarkets({ port, timeoutMs, elapsed: parts.elapsed }),
    worthOf: (asset) => createWorth(mirror, exchange, asset),
    newId: () => `cnv_${randomUUIDv7()}` as ConversionId,
  })
}

/** Where the ledger keeps what conversions brought and cost. */
export function resultAccountsOf(programme: SettlementProgramme): readonly ResultAccounts[] {
  return programme.exchanges
    .filter(({ conversion }) => conversion !== undefined)
    .map(({ id: exchange }) => ({
      exchange,
      resultAccount: LEDGER_ACCOUNTS.conversionResult(exchange),
      feeAccount: LEDGER_ACCOUNTS.exchangeFee(exchange),
    }))
}
