import type { PaidTenge } from '@tolem/authorizations/collections'
import type { MovementReference } from '@tolem/domain/ids'
import { LEDGER_ACCOUNTS, type LedgerWallet, type Posting } from '@tolem/ledger'
import type { Amount } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'

/**
 * The journal of a collection: the crypto leaves the wallet; its tenge end an exposure, and what the quote keeps above
 * them is spread and fee, each on a line of its own. Amounts of zero are not posted.
 */
export function collectionJournal(
  reference: MovementReference,
  wallet: LedgerWallet,
  taken: PaidTenge & { readonly debit: Amount<CryptoAsset> },
): readonly Posting[] {
  const journalId = `collection/${reference}`
  const conversion = LEDGER_ACCOUNTS.conversion(wallet.exchange, wallet.asset)
  const tenge = (amount: bigint, creditAccount: string) =>
    ({ asset: 'KZT', amount, debitAccount: conversion, creditAccount }) as const
  const lines = [
    {
      asset: wallet.asset,
      amount: taken.debit,
      debitAccount: LEDGER_ACCOUNTS.programmeSettlement(wallet.exchange, wallet.asset),
      creditAccount: LEDGER_ACCOUNTS.cardholderWallet(wallet),
    },
    tenge(taken.billing, `exposure/${wallet.bank}`),
    tenge(taken.spread, LEDGER_ACCOUNTS.spreadIncome),
    tenge(taken.fee, LEDGER_ACCOUNTS.feeIncome),
  ]
  return lines
    .filter((line) => line.amount > 0n)
    .map((line, index) => ({ journalId, line: index + 1, ...line }))
}
