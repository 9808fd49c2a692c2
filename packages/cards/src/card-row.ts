import type { Card, CardLimits, CardStatus, WalletLink } from '@tolem/domain/card'
import type { Controls, SpendingLimit } from '@tolem/domain/controls'
import type { BankId, CardToken } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'

/** A row of `card` as the driver gives it. */
export type CardRow = {
  readonly version: string
  readonly status: CardStatus
  readonly expires_on: string
  readonly last_four: string | null
  readonly limits: LimitsJson
  readonly controls: ControlsJson
  readonly wallet_link: WalletLink | null
}

/** Limits in the row: tiyn as text, because JSON numbers would round them. */
type LimitsJson = {
  readonly perTransaction?: string
  readonly dailyAmount?: string
  readonly dailyCount?: number
  readonly monthlyAmount?: string
}

/** Controls in the row: as the domain's, but tiyn as text. */
type ControlsJson = Omit<Controls, 'limits'> & {
  readonly limits?: readonly (Omit<SpendingLimit, 'amount'> & { readonly amount?: string })[]
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
    controls: jsonToControls(row.controls),
    ...(row.wallet_link !== null && { walletLink: row.wallet_link }),
  }
}

/** Limits or controls as the row keeps them. */
export function toJson(part: CardLimits | Controls): string {
  return JSON.stringify(part, (_key, value) => (typeof value === 'bigint' ? String(value) : value))
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

function jsonToControls({ limits, ...lists }: ControlsJson): Controls {
  if (!limits) return lists
  return {
    ...lists,
    limits: limits.map(({ amount, ...limit }) => ({
      ...limit,
      ...(amount !== undefined && { amount: amountOf('KZT', BigInt(amount)) }),
    })),
  }
}
