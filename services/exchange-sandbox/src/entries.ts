import type { Exchange } from './coins.ts'

/** What stands in the exchanges' book. Amounts are units of the exchange's scale, times milliseconds since 1970. */

/** The programme's own account at each exchange: the other side of every debit and credit, and of conversions. */
export const MASTER = 'master'

/** The most that a mandate allows in one period, refunds given back. */
export type PeriodLimit = {
  readonly period: 'DAY' | 'WEEK' | 'MONTH' | 'YEAR'
  readonly asset: string
  readonly units: string
}

/** What a Bybit Pay mandate says, besides the money behind it. */
export type Agreement = {
  readonly merchantId: string
  readonly userId: string
  readonly agreementType: string
  readonly state: 'signed' | 'unsigned' | 'suspended' | 'expired'
  /** Largest single payment by asset, in units. */
  readonly singleLimit: Readonly<Record<string, bigint>>
  /** What may be paid in a day, week, month or year of UTC; units as text. */
  readonly periodLimits?: readonly PeriodLimit[]
  /** Signed until then (ms). */
  readonly validUntil?: number
  /** The last digits of an amount choose its outcome, as in Bybit's own test environment. */
  readonly magic: boolean
}

/** A customer's wallet: a mandate's number, a sub-account (Binance's e-mail, Bybit's member id), an account. */
export type Wallet = {
  readonly exchange: Exchange
  readonly id: string
  readonly agreement?: Agreement
  /** Fresh deposits by asset, in units: part of the balance, and not to be moved. */
  readonly frozen?: Readonly<Record<string, bigint>>
  readonly balances: Map<string, bigint>
}

/** So much of an asset. */
export type Money = { readonly asset: string; readonly units: bigint }

/** One asset of one wallet, as it stands. */
export type Balance = {
  readonly exchange: Exchange
  readonly wallet: string
  readonly asset: string
  readonly units: bigint
}

/** What an exchange was asked to do, decided. */
export type Order = {
  readonly exchange: Exchange
  readonly kind: 'debit' | 'credit'
  /** Within whose references this one is unique: Bybit's merchant_id; empty where all have one owner. */
  readonly party: string
  readonly reference: string
  readonly originalReference?: string
  /** Wallets; a name that is no wallet (Bybit's merchant) takes and gives without limit. */
  readonly from: string
  readonly to: string
  readonly asset: string
  readonly units: bigint
  /** A failed operation moves nothing and keeps its reference. */
  readonly failure?: string
  /** Money moves at once, but until this time (ms) the exchange says the word `interim`. */
  readonly settlesAt: number
  readonly interim: string
  /** How often to execute: 1, or 2 under the fault `execute_twice`. */
  readonly executions: number
  /** What an answer must repeat from the request. */
  readonly echo: Readonly<Record<string, string>>
}

/** An order in the book. `credited` grows with the credits that name it. */
export type Operation = Order & {
  readonly number: number
  readonly at: number
  credited: bigint
  /** Under way to the store: an answer about this operation must await it. */
  saving?: Promise<void>
}

/** How an exchange was asked to turn one asset of the master's wallet into another, decided. */
export type ConversionOrder = {
  readonly exchange: Exchange
  readonly market: 'spot' | 'convert'
  /** The caller's own (a spot order's) or the exchange's (a quote's); empty where the caller gave none. */
  readonly reference: string
  /** What left the wallet; nothing when nothing was filled. */
  readonly sold: Money
  /** What the market gave for it, before the fee. */
  readonly bought: Money
  /** What the exchange kept of `bought`, or took of a third asset. */
  readonly fee: Money
  /** A failed conversion moves nothing and keeps its reference. */
  readonly failure?: string
  /** Money moves at once, but until this time (ms) the exchange says the word `interim`. */
  readonly settlesAt: number
  readonly interim: string
  /** How often to execute: 1, or 2 under the fault `execute_twice`. */
  readonly executions: number
  /** What an answer must repeat from the request. */
  readonly echo: Readonly<Record<string, string>>
}

/** A conversion in the book. `executions` is how often it was really executed. */
export type Conversion = ConversionOrder & {
  readonly number: number
  readonly at: number
  /** Under way to the store: an answer about this conversion must await it. */
  saving?: Promise<void>
}

/** One change of one customer's wallet. */
export type Movement = {
  readonly sequence: number
  readonly wallet: string
  readonly kind: 'debit' | 'credit'
  readonly operation: Operation
}

/** What names an operation: debits and credits are numbered apart, but Binance's and partners' transfers together. */
export type Reference = Pick<Order, 'exchange' | 'kind' | 'party' | 'reference'>
