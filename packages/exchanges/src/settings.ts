import type { ExchangeId } from '@tolem/domain/ids'
import type { CryptoAsset } from '@tolem/money/asset'
import type { BreakerSettings } from './http/breaker.ts'

/** What the programme says about an exchange, as far as the rails need it; a programme's exchange fits as it is. */
export type ExchangeSettings = {
  readonly id: ExchangeId
  readonly credentials: CredentialSettings
  /** The longest validity that a request may have; a shorter timeout shortens it further. */
  readonly receiveWindowMs: number
  readonly rails: readonly RailSettings[]
  readonly limits: RailLimits
  /** When its clients stop calling it; absent: the breaker's own settings. */
  readonly breaker?: BreakerSettings | undefined
  readonly adapter?: 'bybit' | 'binance' | 'partner'
  readonly conversion?: ConversionSettings | undefined
}

/** References to secrets, never secrets. */
export type CredentialSettings = { readonly apiKey: string; readonly secret: string }

/** One rail of an exchange. */
export type RailSettings =
  | BybitPaySettings
  | BybitSubaccountSettings
  | BinancePaySettings
  | BinanceSubaccountSettings
  | PartnerTransferSettings

/**
 * What every rail has. `host` is an origin; `notFoundIsFinalAfterMs` counts from the end of a request's validity;
 * credentials and limits, where given, are used instead of the exchange's.
 */
export type RailParts = {
  readonly host: string
  readonly notFoundIsFinalAfterMs: number
  readonly credentials?: CredentialSettings | undefined
  readonly limits?: RailLimits | undefined
}

/** Where an exchange sends its notices, and a reference to the public key (PEM) that signs them. */
export type NoticeSettings = {
  readonly noticeUrl?: string | undefined
  readonly noticeKey?: string | undefined
}

/** Mandates at Bybit Pay, as one of its merchants. */
export type BybitPaySettings = RailParts &
  NoticeSettings & {
    readonly rail: 'bybit-pay'
    readonly merchantId: string
    /** The chain that Bybit Pay wants named for each asset, although nothing moves on a chain. */
    readonly chains: { readonly [asset in CryptoAsset]?: string | undefined }
    /** How many decimals Bybit Pay counts an asset in, where its documents are wrong. */
    readonly decimals?: { readonly [asset in CryptoAsset]?: number | undefined } | undefined
    /** What Bybit Pay assigned to the merchant's product; its documents call it required and leave it out. */
    readonly productCode?: string | undefined
    /** Where a notice carries its signature: `header` as overview and quick start say, `body` as one page says. */
    readonly noticeSignature?: 'header' | 'body' | undefined
  }

/** Customers as sub-accounts of the programme's master account at Bybit. */
export type BybitSubaccountSettings = RailParts & {
  readonly rail: 'bybit-subaccount'
  readonly masterMemberId: string
  readonly accountType: 'FUND' | 'UNIFIED'
  /** How many decimals transfers of an asset may have, where that is not what we take it to be. */
  readonly decimals?: { readonly [asset in CryptoAsset]?: number | undefined } | undefined
}

/** Contracts at Binance Pay, as one of its merchants. The API key is the certificate's serial number. */
export type BinancePaySettings = RailParts &
  NoticeSettings & {
    readonly rail: 'binance-pay'
    readonly serviceName: string
    readonly scenarioCode: string
    readonly unpublishedCodes?: UnpublishedCodes | undefined
  }

/** Customers as sub-accounts of the programme's master account at Binance. */
export type BinanceSubaccountSettings = RailParts & {
  readonly rail: 'binance-subaccount'
  readonly accountType: 'SPOT'
  /** The master account's e-mail, by which Binance lists what was debited; absent: its list is not read. */
  readonly masterEmail?: string | undefined
}

/** Accounts at an exchange that speaks the partner protocol. */
export type PartnerTransferSettings = RailParts & { readonly rail: 'partner-transfer' }

/** How an exchange converts, see the programme's schema. */
export type ConversionSettings = {
  readonly via: 'spot' | 'convert'
  readonly host: string
  readonly slippageBasisPoints: number
  readonly notFoundIsFinalAfterMs: number
  readonly unpublishedCodes?: UnpublishedCodes | undefined
}

/**
 * Codes that an exchange tells its partners but does not publish. What is not named here leaves a movement in doubt.
 * `orderNotFound` says also that the exchange finds orders under our own references.
 */
export type UnpublishedCodes = {
  readonly orderNotFound?: readonly string[] | undefined
  readonly refundNotFound?: readonly string[] | undefined
  readonly insufficientFunds?: readonly string[] | undefined
}

/** What an exchange lets us do, per rail. */
export type RailLimits = {
  readonly concurrentCalls: number
  readonly debitsPerSecond: number
  readonly lookUpsPerSecond: number
  /** Where the exchange counts weights (Binance), those that it lets us have; absent: the documented ones. */
  readonly weightsPerMinute?: WeightsPerMinute | undefined
}

/** Binance's weights of a minute: /sapi per account and per address, /api per address. */
export type WeightsPerMinute = {
  readonly account: number
  readonly address: number
  readonly market: number
}
