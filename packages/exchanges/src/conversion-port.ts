import type {
  ConversionCapabilities,
  ConversionLookUp,
  ConversionMarket,
  ConversionOrder,
  ConversionRefusal,
  ConversionResult,
  ConversionTicket,
} from '@tolem/domain/conversion'
import type { ExchangeId } from '@tolem/domain/ids'
import type { Outcome } from '@tolem/domain/outcome'
import type { CallLimit, LookUpSpan } from './port.ts'

/**
 * How the programme turns crypto into tenge and back at one exchange, to the letter of its documents. No method throws
 * for anything that an exchange or a network can do. Each sends at most one request that could move anything and never
 * retries; reading may take several (Bybit keeps open orders and ended ones in two places).
 *
 * An order goes in two steps, so that what look-ups go by is durable before anything is executed: {@link prepare} gives
 * a ticket (of Convert the quote's id, of the spot market the order's own reference), the caller stores it, and
 * {@link execute} uses it once.
 */
export type ConversionPort = {
  readonly exchange: ExchangeId
  readonly capabilities: ConversionCapabilities
  /** The rules of all markets between the assets that we count, as they stand now. */
  markets(limit: CallLimit): Promise<Outcome<readonly ConversionMarket[], 'unavailable'>>
  prepare(
    order: ConversionOrder,
    limit: CallLimit,
  ): Promise<Outcome<ConversionTicket, ConversionRefusal>>
  execute(
    order: ConversionOrder,
    ticket: ConversionTicket,
    limit: CallLimit,
  ): Promise<ConversionResult>
  lookUp(
    order: ConversionOrder,
    ticket: ConversionTicket,
    span: LookUpSpan,
  ): Promise<ConversionLookUp>
}
