import type { ConversionId, ConversionMoney, ConversionReference } from '@tolem/domain/conversion'
import type { ExchangeId } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import type { ClaimedConversion } from './order.ts'

/** An order as the statements that lend one return it. */
export type OrderRow = {
  readonly id: string
  readonly exchange_id: ExchangeId
  readonly asset: CryptoAsset
  readonly side: 'sell' | 'buy'
  readonly money: ConversionMoney
  readonly amount: string
  readonly book: string
  readonly reference: ConversionReference
  readonly state: ClaimedConversion['state']
  readonly ticket: string | null
  readonly ticket_expires_at: Date | null
  readonly sendings: number
  readonly first_sent_at: Date | null
  readonly valid_until: Date | null
  readonly attempts: number
  readonly claim_epoch: string
  readonly created_at: Date
  readonly claimed_at: Date
}

/** The order that a row lends. */
export function rowToConversion(row: OrderRow): ClaimedConversion {
  const { exchange_id: exchange, asset, side, money, reference } = row
  const amount = amountOf(asset, BigInt(row.amount))
  return {
    id: `cnv_${row.id}` as ConversionId,
    order: { reference, exchange, side, asset, money, amount, book: BigInt(row.book) },
    state: row.state,
    sent: sentOf(row),
    createdAt: row.created_at.getTime(),
    claimedAt: row.claimed_at.getTime(),
    attempts: row.attempts,
    epoch: Number(row.claim_epoch),
  }
}

function sentOf(row: OrderRow): ClaimedConversion['sent'] {
  if (row.ticket === null || row.first_sent_at === null || row.valid_until === null)
    return undefined
  const expiresAt = row.ticket_expires_at?.getTime()
  return {
    ticket: { text: row.ticket, ...(expiresAt !== undefined && { expiresAt }) },
    firstAt: row.first_sent_at.getTime(),
    validUntil: row.valid_until.getTime(),
    sendings: row.sendings,
  }
}
