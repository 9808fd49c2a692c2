import type { Rail } from '@tolem/domain/card'
import type { ExchangeId } from '@tolem/domain/ids'
import type {
  CreditOrder,
  CreditResult,
  DebitOrder,
  DebitResult,
  LookUpResult,
  MovementCapabilities,
} from '@tolem/domain/movement'
import type { Outcome } from '@tolem/domain/outcome'
import type { Money } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import type { Moment } from './time-left.ts'

/**
 * How long one call may take. The exchange is told the same limit where its protocol has a validity window. `from` is
 * when the time begins, absent: with the call. It binds a request to a record that was made before it: a process that
 * was stopped in between, for however long, sends nothing that an exchange would still execute.
 */
export type CallLimit = { readonly timeoutMs: number; readonly from?: Moment }

/** When an order was sent: look-ups must name a span of time around it, because exchanges search only some days. */
export type LookUpSpan = { readonly sentAfter: number; readonly sentBefore: number }

/**
 * One way of moving a customer's crypto at one exchange: the port that every adapter implements, to the letter of the
 * exchange's own documents. No method throws for anything that an exchange or a network can do. Each sends at most one
 * request that could move anything and never retries; a look-up may read a few pages.
 */
export type RailPort = {
  readonly exchange: ExchangeId
  readonly rail: Rail
  readonly capabilities: MovementCapabilities
  /** The smallest amount of an asset that this rail moves, in our minor units; amounts must be multiples of it. */
  stepOf(asset: CryptoAsset): bigint
  debit(order: DebitOrder, limit: CallLimit): Promise<DebitResult>
  credit(order: CreditOrder, limit: CallLimit): Promise<CreditResult>
  lookUpDebit(order: DebitOrder, span: LookUpSpan): Promise<LookUpResult>
  lookUpCredit(order: CreditOrder, span: LookUpSpan): Promise<LookUpResult>
  /** What the wallet could be debited now, asset by asset. `unsupported`: this rail has no call that tells it. */
  balances(
    order: Pick<DebitOrder, 'wallet'>,
    limit: CallLimit,
  ): Promise<Outcome<readonly Money<CryptoAsset>[], 'unavailable' | 'unsupported'>>
}
