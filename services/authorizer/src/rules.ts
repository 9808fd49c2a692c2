import type { WalletLink } from '@tolem/domain/card'
import type { RailPort } from '@tolem/exchanges/port'
import { type Amount, amountOf } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import type { Programme } from '@tolem/programme/schema'
import { createPermit, type Permit } from './permit.ts'

/** What the programme permits, asked on every authorization. Days are Asia/Almaty days, `YYYY-MM-DD`. */
export type Rules = {
  /** The rail of a wallet, if its exchange is in the programme and licensed on that day. */
  rail(wallet: WalletLink, day: string): RailPort | undefined
  /** What the controls of programme, bank and card say. */
  readonly permit: Permit
  isAssetAllowed(asset: CryptoAsset): boolean
  /** The smallest of the caps in force on that day. */
  largestAuthorization(day: string): Amount<'KZT'>
}

/** More than any card pays: the amount when no cap is in force. */
const NO_CAP = amountOf('KZT', 10n ** 15n)

/** Reads the programme once into what the path asks of it. */
export function createRules(
  programme: Programme,
  railFor: (wallet: WalletLink) => RailPort | undefined,
): Rules {
  const licences = new Map<string, Programme['exchanges'][number]['licence']>(
    programme.exchanges.map((exchange) => [exchange.id, exchange.licence]),
  )
  const allowed = new Set<string>(
    programme.assets.filter((asset) => asset.isAllowed).map((asset) => asset.asset),
  )
  return {
    rail(wallet, day) {
      const licence = licences.get(wallet.exchange)
      const isLicensed =
        licence !== undefined &&
        licence.validFrom <= day &&
        (licence.validTo === undefined || day <= licence.validTo)
      return isLicensed ? railFor(wallet) : undefined
    },
    permit: createPermit(programme),
    isAssetAllowed: (asset) => allowed.has(asset),
    largestAuthorization: (day) =>
      programme.thresholds
        .filter((threshold) => threshold.effectiveFrom <= day)
        .reduce((least, { amount }) => (amount < least ? amount : least), NO_CAP),
  }
}
