import type { OpenPosition, UnfinishedConversion } from '@tolem/conversions/order'
import { amountOf, formatAmount } from '@tolem/money/amount'
import type { AssetCode } from '@tolem/money/asset'
import type { Metrics } from '@tolem/telemetry/metrics'
import type { Meters } from '../meters.ts'

/** What operators see of conversions. */
export type ConversionMeters = ReturnType<typeof createConversionMeters>

const PLACE = ['exchange', 'asset'] as const

export function createConversionMeters(metrics: Metrics, shared: Meters) {
  const unfinished = metrics.gauge('settlement_conversion_oldest_seconds', 'Age of an open order', [
    ...PLACE,
    'state',
  ])
  const result = metrics.gauge(
    'settlement_conversion_result_tenge',
    'Realised beyond what was quoted, since ever',
    ['exchange'],
  )
  const fees = metrics.gauge('settlement_exchange_fee_tenge', 'Fees in tenge, since ever', [
    'exchange',
  ])

  return {
    escalations: shared.escalations,
    claimsLost: shared.claimsLost,
    faults: shared.faults,
    orders: metrics.counter('settlement_conversions_total', 'Conversion orders by outcome', [
      ...PLACE,
      'side',
      'outcome',
    ]),
    lookUps: metrics.counter('settlement_conversion_look_ups_total', 'Look-ups by answer', [
      'exchange',
      'outcome',
    ]),

    ...createPositionGauges(metrics),

    /** Shows the unfinished orders of the whole database; what is not listed is none. */
    showUnfinished(orders: readonly UnfinishedConversion[]): void {
      unfinished.reset()
      for (const { exchange, asset, state, ageSeconds } of orders)
        unfinished.set({ exchange, asset, state }, ageSeconds)
    },

    /** Shows what conversions brought and cost at an exchange; credits less debits, in tiyn. */
    showResult(exchange: string, total: { readonly result: bigint; readonly fees: bigint }): void {
      result.set({ exchange }, toNumber('KZT', total.result))
      fees.set({ exchange }, toNumber('KZT', total.fees))
    },
  }
}

function createPositionGauges(metrics: Metrics) {
  const position = metrics.gauge(
    'settlement_position',
    'Crypto debited and not sold; below zero: to be bought back',
    PLACE,
  )
  const worth = metrics.gauge(
    'settlement_position_tenge',
    'What that is worth by our quotes',
    PLACE,
  )
  const waits = metrics.gauge('settlement_position_waits', 'Why a position is not converted now', [
    ...PLACE,
    'reason',
  ])
  const reasons = new Map<string, string | undefined>()
  const oldest = metrics.gauge(
    'settlement_unconverted_seconds',
    'For how long a position could not be converted',
    PLACE,
  )

  return {
    /** Shows a position, why it waits (nothing: it does not), and for how long it could not be converted. */
    showPosition(
      { exchange, asset, ...held }: OpenPosition,
      waiting: { readonly reason?: string; readonly seconds: number },
    ): void {
      position.set({ exchange, asset }, toNumber(asset, held.position))
      worth.set({ exchange, asset }, toNumber('KZT', held.book))
      const { reason, seconds } = waiting
      const place = `${exchange}/${asset}`
      const earlier = reasons.get(place)
      if (earlier !== undefined) waits.remove({ exchange, asset, reason: earlier })
      if (reason !== undefined) waits.set({ exchange, asset, reason }, 1)
      reasons.set(place, reason)
      oldest.set({ exchange, asset }, seconds)
    },
  }
}

/** For a gauge, which is a double whatever we do; nothing is counted on from it. */
function toNumber(asset: AssetCode, signed: bigint): number {
  const text = formatAmount(asset, amountOf(asset, signed < 0n ? -signed : signed))
  return Number(signed < 0n ? `-${text}` : text)
}
