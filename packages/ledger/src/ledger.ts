import type { BankId, CardToken, ExchangeId, MovementReference } from '@tolem/domain/ids'
import type { Quote } from '@tolem/domain/quote'
import type { AssetCode, CryptoAsset } from '@tolem/money/asset'

/** One line of a journal: a positive amount that debits one ledger account and credits another. */
export type Posting = {
  readonly journalId: string
  readonly line: number
  readonly asset: AssetCode
  readonly amount: bigint
  readonly debitAccount: string
  readonly creditAccount: string
}

/** Whose crypto moved, and where. */
export type LedgerWallet = {
  readonly bank: BankId
  readonly cardToken: CardToken
  readonly exchange: ExchangeId
  readonly asset: CryptoAsset
}

/**
 * The ledger accounts. Crypto accounts mirror what moved at an exchange: a cardholder's wallet is credited by what left
 * it, the programme's settlement account is debited by the same. Tenge accounts say what those are worth and to whom:
 * `conversion` carries what the crypto must bring when it is sold.
 */
export const LEDGER_ACCOUNTS = {
  cardholderWallet: ({ bank, cardToken, exchange, asset }: LedgerWallet) =>
    `cardholder_wallet/${bank}/${cardToken}/${exchange}/${asset}`,
  programmeSettlement: (exchange: ExchangeId, asset: CryptoAsset) =>
    `programme_settlement/${exchange}/${asset}`,
  held: (bank: BankId) => `held_for_authorizations/${bank}`,
  conversion: (exchange: ExchangeId, asset: CryptoAsset) => `conversion/${exchange}/${asset}`,
  spreadIncome: 'spread_income',
  feeIncome: 'fee_income',
} as const

/**
 * The journal of an approval: the crypto leaves the wallet; its tenge are held for the bank, and what the quote keeps
 * above them is spread and fee, each on a line of its own. Amounts of zero are not posted.
 */
export function approvalJournal(
  reference: MovementReference,
  wallet: LedgerWallet,
  quote: Quote,
): readonly Posting[] {
  const journalId = `approval/${reference}`
  const conversion = LEDGER_ACCOUNTS.conversion(wallet.exchange, wallet.asset)
  const tenge = (amount: bigint, creditAccount: string) =>
    ({ asset: 'KZT', amount, debitAccount: conversion, creditAccount }) as const
  const lines = [
    {
      asset: wallet.asset,
      amount: quote.debit,
      debitAccount: LEDGER_ACCOUNTS.programmeSettlement(wallet.exchange, wallet.asset),
      creditAccount: LEDGER_ACCOUNTS.cardholderWallet(wallet),
    },
    tenge(quote.billing, LEDGER_ACCOUNTS.held(wallet.bank)),
    tenge(quote.spread, LEDGER_ACCOUNTS.spreadIncome),
    tenge(quote.fee, LEDGER_ACCOUNTS.feeIncome),
  ]
  return lines
    .filter((line) => line.amount > 0n)
    .map((line, index) => ({ journalId, line: index + 1, ...line }))
}
