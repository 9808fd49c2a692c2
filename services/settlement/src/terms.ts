import { type AuthorizationType, isCash } from '@tolem/domain/authorization'
import type { Rail, WalletLink } from '@tolem/domain/card'
import type { BankId, ExchangeId } from '@tolem/domain/ids'
import type { RailPort } from '@tolem/exchanges/port'
import type { CryptoAsset } from '@tolem/money/asset'

/** What settlement needs of a programme. */
export type SettlementProgramme = {
  readonly exchanges: readonly {
    readonly id: ExchangeId
    readonly rails: readonly { readonly rail: Rail; readonly limits?: LookUpLimits | undefined }[]
    /** Of rails that have none of their own. */
    readonly limits?: LookUpLimits | undefined
    readonly licence: { readonly validFrom: string; readonly validTo?: string | undefined }
    /** Over which time debits and credits are netted into one order. Absent: nothing is converted. */
    readonly conversion?: { readonly everyMs: number } | undefined
  }[]
  readonly banks: readonly {
    readonly id: BankId
    readonly spreadBasisPoints: number
    readonly feeBasisPoints: number
    readonly cashFeeBasisPoints?: number | undefined
  }[]
  readonly assets: readonly { readonly asset: string; readonly isAllowed: boolean }[]
  readonly ratePolicy: { readonly maximumAgeMs: number }
}

type LookUpLimits = { readonly lookUpsPerSecond: number }

/** Where rails are found. */
export type RailFinder = { railFor(exchange: ExchangeId, rail: Rail): RailPort | undefined }

/** The programme's terms of a collection. Days are Asia/Almaty days, `YYYY-MM-DD`. */
export type Terms = {
  /** The rail of a wallet, if its exchange is in the programme and licensed on that day. */
  rail(wallet: WalletLink, day: string): RailPort | undefined
  /** What may be debited of a wallet, in its order. */
  assets(wallet: WalletLink): readonly CryptoAsset[]
  /** A bank's spread and fee; cash has a fee of its own. Nothing for a bank that is not in the programme. */
  charges(
    bank: BankId,
    type: AuthorizationType,
  ): { readonly spreadBasisPoints: number; readonly feeBasisPoints: number } | undefined
}

/** Reads the programme once. */
export function createTerms(programme: SettlementProgramme, rails: RailFinder): Terms {
  const exchangeById = new Map(programme.exchanges.map((exchange) => [exchange.id, exchange]))
  const bankById = new Map(programme.banks.map((bank) => [bank.id, bank]))
  const allowed = new Set(
    programme.assets.filter(({ isAllowed }) => isAllowed).map(({ asset }) => asset),
  )
  return {
    rail({ exchange, rail }, day) {
      const named = exchangeById.get(exchange)
      if (!named?.rails.some((one) => one.rail === rail)) return undefined
      const { validFrom, validTo } = named.licence
      const isLicensed = validFrom <= day && (validTo === undefined || day <= validTo)
      return isLicensed ? rails.railFor(exchange, rail) : undefined
    },
    assets: (wallet) => wallet.assets.filter((asset) => allowed.has(asset)),
    charges(id, type) {
      const bank = bankById.get(id)
      if (!bank) return undefined
      const { spreadBasisPoints, feeBasisPoints, cashFeeBasisPoints } = bank
      const fee = isCash(type) ? (cashFeeBasisPoints ?? feeBasisPoints) : feeBasisPoints
      return { spreadBasisPoints, feeBasisPoints: fee }
    },
  }
}
