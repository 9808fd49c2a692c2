import type { Exchange } from './coins.ts'

/** What stands in the exchanges' book. Amounts are units of the exchange's scale, times milliseconds since 1970. */

/** The programme's own account at Binance: the counterpart of every debit and credit. */
export const MASTER = 'master'

/** What a Bybit Pay mandate says, besides the money behind it. */
export type Agreement = {
  readonly merchantId: string
  readonly userId: string
  readonly agreementType: string
  readonly state: 'signed' | 'unsigned' | 'suspended' | 'expired'
  /** Largest single payment by asset, in units. */
  readonly singleLimit: Readonly<Record<string, bigint>>
  /** The last digits of an amount choose its outcome, as in Bybit's own test environment. */
  readonly magic: boolean
}

/** A customer's wallet: a Bybit Pay agreement's number or a Binance sub-account's e-mail. */
export type Wallet = {
  readonly exchange: Exchange
  readonly id: string
  readonly agreement?: Agreement
  readonly balances: Map<string, bigint>
}

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
  /** Within whose references this one is unique: Bybit's merchant_id; empty at Binance. */
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

/** One change of one customer's wallet. */
export type Movement = {
  readonly sequence: number
  readonly wallet: string
  readonly kind: 'debit' | 'credit'
  readonly operation: Operation
}

/** What names an operation: at Bybit payments and refunds are numbered apart, at Binance all transfers together. */
export type Reference = Pick<Order, 'exchange' | 'kind' | 'party' | 'reference'>
