import type { ExchangeId } from '@tolem/domain/ids'
import type { CryptoAsset } from '@tolem/money/asset'
import type { OpenPosition } from './order.ts'

/** A position as its statement returns it. */
export type PositionRow = {
  readonly exchange_id: ExchangeId
  readonly asset: CryptoAsset
  readonly position: string
  readonly book: string
  readonly ordinal: string
  readonly is_busy: boolean
  readonly refusals: number
  readonly refusal: string | null
  readonly finished_at: Date | null
  readonly seen_at: Date
}

/** The position that a row tells. */
export function rowToPosition(row: PositionRow): OpenPosition {
  return {
    exchange: row.exchange_id,
    asset: row.asset,
    position: BigInt(row.position),
    book: BigInt(row.book),
    ordinal: BigInt(row.ordinal),
    isBusy: row.is_busy,
    refusals: row.refusals,
    ...(row.refusal !== null && { refusal: row.refusal }),
    ...(row.finished_at !== null && { finishedAt: row.finished_at.getTime() }),
    seenAt: row.seen_at.getTime(),
  }
}
