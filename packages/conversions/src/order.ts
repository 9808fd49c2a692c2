import type {
  ConversionId,
  ConversionMoney,
  ConversionOrder,
  ConversionTicket,
} from '@tolem/domain/conversion'
import type { ExchangeId } from '@tolem/domain/ids'
import type { Amount } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'

/** What may be converted, with the ledger accounts that tell how much of it there is and what that is worth. */
export type Holding = {
  readonly exchange: ExchangeId
  readonly asset: CryptoAsset
  readonly cryptoAccount: string
  readonly worthAccount: string
}

/**
 * What is to be converted of one asset at one exchange, in minor units: positive is to be sold, negative to be bought
 * back; `book` is its signed worth in tiyn. `ordinal` and the rest are of the last order for it. Times are milliseconds
 * since the epoch on the database's clock.
 */
export type OpenPosition = {
  readonly exchange: ExchangeId
  readonly asset: CryptoAsset
  readonly position: bigint
  readonly book: bigint
  readonly ordinal: bigint
  /** The last order is not finished: nothing can be intended. */
  readonly isBusy: boolean
  /** How many orders in a row were refused, the last of them why and when. */
  readonly refusals: number
  readonly refusal?: string
  readonly finishedAt?: number
  readonly seenAt: number
}

/** An order to intend on a position. */
export type ConversionIntent = {
  readonly side: 'sell' | 'buy'
  readonly money: ConversionMoney
  readonly amount: Amount<CryptoAsset>
  /** The part of the position's worth that goes with the amount. */
  readonly book: bigint
}

/**
 * An order that is not finished, lent to one instance until its lease ends. Times are milliseconds since the epoch on
 * the database's clock; `attempts` counts how often it was claimed, this claim included.
 */
export type ClaimedConversion = {
  readonly id: ConversionId
  readonly order: ConversionOrder & { readonly book: bigint }
  readonly state: 'intended' | 'sent' | 'open' | 'in_doubt'
  /** Absent as long as it was never sent. `validUntil`: the last moment at which the last sending can be executed. */
  readonly sent:
    | {
        readonly ticket: ConversionTicket
        readonly firstAt: number
        readonly validUntil: number
        readonly sendings: number
      }
    | undefined
  readonly createdAt: number
  readonly claimedAt: number
  readonly attempts: number
  readonly epoch: number
}

/** One line of a journal, as the ledger takes it. */
export type ConversionPosting = {
  readonly journalId: string
  readonly line: number
  readonly asset: string
  readonly amount: bigint
  readonly debitAccount: string
  readonly creditAccount: string
}

/** Why and for how long an order is put off; it is escalated when it is older than `longestAgeMs` or asked to be. */
export type ConversionDeferral = {
  readonly state: 'open' | 'in_doubt'
  readonly delayMs: number
  readonly detail: string
  readonly escalate: boolean
  readonly longestAgeMs: number
}

/** An order that is not finished, as operators see it. */
export type UnfinishedConversion = {
  readonly exchange: ExchangeId
  readonly asset: CryptoAsset
  readonly state: ClaimedConversion['state']
  readonly ageSeconds: number
  readonly isEscalated: boolean
}

/** Where the ledger keeps what conversions at an exchange brought and cost. */
export type ResultAccounts = {
  readonly exchange: ExchangeId
  readonly resultAccount: string
  readonly feeAccount: string
}

/** What was realised beyond (below zero: short of) the quoted worth, and the fees in tenge, since ever, in tiyn. */
export type ConversionResults = {
  readonly exchange: ExchangeId
  readonly result: bigint
  readonly fees: bigint
}
