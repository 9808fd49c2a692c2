import type { ExchangeId } from '@tolem/domain/ids'
import type { CryptoAsset } from '@tolem/money/asset'

/** What the programme says about an exchange, as far as the rails need it; a programme's exchange fits as it is. */
export type ExchangeSettings = {
  readonly id: ExchangeId
  /** References to secrets, never secrets. */
  readonly credentials: { readonly apiKey: string; readonly secret: string }
  /** The longest validity that a request may have; a shorter timeout shortens it further. */
  readonly receiveWindowMs: number
  readonly rails: readonly RailSettings[]
  readonly limits: RailLimits
}

/** One rail of an exchange. `notFoundIsFinalAfterMs` counts from the end of a request's validity. */
export type RailSettings = BybitPaySettings | BinanceSubaccountSettings

/** Mandates at Bybit Pay, as one of its merchants. `host` is an origin. */
export type BybitPaySettings = {
  readonly rail: 'bybit-pay'
  readonly host: string
  readonly merchantId: string
  /** The chain that Bybit Pay wants named for each asset, although nothing moves on a chain. */
  readonly chains: { readonly [asset in CryptoAsset]?: string | undefined }
  readonly notFoundIsFinalAfterMs: number
}

/** Customers as sub-accounts of the programme's master account at Binance. `host` is an origin. */
export type BinanceSubaccountSettings = {
  readonly rail: 'binance-subaccount'
  readonly host: string
  readonly accountType: 'SPOT'
  readonly notFoundIsFinalAfterMs: number
}

/** What an exchange lets us do, per rail. */
export type RailLimits = {
  readonly concurrentCalls: number
  readonly debitsPerSecond: number
  readonly lookUpsPerSecond: number
}
