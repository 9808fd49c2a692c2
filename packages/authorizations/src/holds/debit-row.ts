import type { Rail } from '@tolem/domain/card'
import type { FundingDebit } from '@tolem/domain/hold'
import type { ExchangeId, MovementReference } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import { parseRate, type Rate } from '@tolem/money/rate'
import type { HoldsOptions } from '../holds.ts'

/** An executed debit as the statements of holds give it. */
export type DebitRow = {
  readonly reference: MovementReference
  readonly authorization_id: string
  readonly exchange_id: ExchangeId
  readonly rail: Rail
  readonly asset: CryptoAsset
  readonly amount: string
  readonly credited: string
  readonly billing: string
  readonly fee: string | null
  readonly spread: string | null
  readonly released: string
  readonly refunded: string
  readonly quote: string | null
  readonly wallet: unknown
  readonly last_credit?: string | null
}

/** A debit as the rules know it. Its quote stands in its own row (a collection) or in its authorization's. */
export function toFundingDebit(
  row: DebitRow,
  quote: string | null,
  stepOf: HoldsOptions['stepOf'],
): FundingDebit {
  const tenge = (text: string | null) => amountOf('KZT', BigInt(text ?? '0'))
  return {
    reference: row.reference,
    exchange: row.exchange_id,
    asset: row.asset,
    step: stepOf(row.exchange_id, row.rail, row.asset),
    amount: amountOf(row.asset, BigInt(row.amount)),
    credited: amountOf(row.asset, BigInt(row.credited)),
    billing: tenge(row.billing),
    fee: tenge(row.fee),
    spread: tenge(row.spread),
    released: tenge(row.released),
    refunded: tenge(row.refunded),
    rate: appliedRate(row.quote ?? quote),
  }
}

/** Where a debit took from: a text to compare for one wallet, and the asset. */
export type PaidFrom = { readonly wallet: string; readonly asset: CryptoAsset }

/** Where it took from; the database gives a wallet's members in one order. */
export function toPaidFrom({ exchange_id, asset, wallet }: DebitRow): PaidFrom {
  return { wallet: `${exchange_id}/${JSON.stringify(wallet)}`, asset }
}

/** The rate that a stored quote applied. */
function appliedRate(quote: string | null): Rate {
  const { applied } = JSON.parse(quote ?? '{}') as { readonly applied?: string }
  const rate = parseRate(applied ?? '')
  if (!rate) throw new Error('an executed debit has a quote with a rate')
  return rate
}
