import type { Card, CardLimits, CardStatus, WalletLink } from '@tolem/domain/card'
import type { BankId, CardToken } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'

/** A row of `card` as the driver gives it. */
export type CardRow = {
  readonly version: string
  readonly status: CardStatus
  readonly expires_on: string
  readonly last_four: string | null
  readonly limits: LimitsJson
  readonly wallet_link: WalletLink | null
}

/** Limits in the row: tiyn as text, because JSON numbers would round them. */
type LimitsJson = {
  readonly perTransaction?: string
  readonly dailyAmount?: string
  readonly dailyCount?: number
  readonly monthlyAmount?: string
}

/** A row as the domain's card. */
export function rowToCard(bank: BankId, token: CardToken, row: CardRow): Card {
  return {
    bank,
    token,
    version: Number(row.version),
    status: row.status,
    expiresOn: row.expires_on,
    ...(row.last_four !== null && { lastFour: row.last_four }),
    limits: jsonToLimits(row.limits),
    controls: {},
    ...(row.wallet_link !== null && { walletLink: row.wallet_link }),
  }
}

/** Limits as the row keeps them. */
export function limitsToJson(limits: CardLimits): string {
  return JSON.stringify(limits, (_key, value) =>
    typeof value === 'bigint' ? String(value) : value,
  )
}

function jsonToLimits(json: LimitsJson): CardLimits {
  const { perTransaction, dailyAmount, dailyCount, monthlyAmount } = json
  return {
    ...(perTransaction !== undefined && {
      perTransaction: amountOf('KZT', BigInt(perTransaction)),
    }),
    ...(dailyAmount !== undefined && { dailyAmount: amountOf('KZT', BigInt(dailyAmount)) }),
    ...(dailyCount !== undefined && { dailyCount }),
    ...(monthlyAmount !== undefined && { monthlyAmount: amountOf('KZT', BigInt(monthlyAmount)) }),
  }
}
