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
 * `conversion` carries what the crypto must bring when it is sold, `exposure` what is held for or owed to a bank though
 * no debit pays for it yet, `refund_surplus` what a bank refunds though it was never taken and is not held any more.
 * `market` is who buys and sells at an exchange: it links the two journals of a conversion, and its tenge come to
 * nothing in each. `unmatched` is what moved from or to a wallet without a record of ours: it goes back, or a person
 * explains it, and it returns to zero. `conversion_result` is what was realised beyond (credit) or below (debit) the
 * quoted worth.
 */
export const LEDGER_ACCOUNTS = {
  cardholderWallet: ({ bank, cardToken, exchange, asset }: LedgerWallet) =>
    `cardholder_wallet/${bank}/${cardToken}/${exchange}/${asset}`,
  programmeSettlement: (exchange: ExchangeId, asset: AssetCode) =>
    `programme_settlement/${exchange}/${asset}`,
  held: (bank: BankId) => `held_for_authorizations/${bank}`,
  owedToBank: (bank: BankId) => `owed_to_bank/${bank}`,
  exposure: (bank: BankId) => `exposure/${bank}`,
  refundSurplus: (bank: BankId) => `refund_surplus/${bank}`,
  conversion: (exchange: ExchangeId, asset: CryptoAsset) => `conversion/${exchange}/${asset}`,
  market: (exchange: ExchangeId) => `market/${exchange}`,
  unmatched: (exchange: ExchangeId, walletId: string, asset: CryptoAsset) =>
    `unmatched/${exchange}/${walletId}/${asset}`,
  conversionResult: (exchange: ExchangeId) => `conversion_result/${exchange}`,
  exchangeFee: (exchange: ExchangeId) => `exchange_fee/${exchange}`,
  spreadIncome: 'spread_income',
  feeIncome: 'fee_income',
} as const

/**
 * The journal of one debit of an approval, with the quote of what that pays for: the crypto leaves the wallet; its
 * tenge are held for the bank, or owed to it at once where no clearing follows, and what the quote keeps above them is
 * spread and fee, each on a line of its own. Amounts of zero are not posted.
 */
export function approvalJournal(
  reference: MovementReference,
  wallet: LedgerWallet,
  quote: Quote & { readonly isFinal?: boolean },
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
    tenge(quote.billing, LEDGER_ACCOUNTS[quote.isFinal ? 'owedToBank' : 'held'](wallet.bank)),
    tenge(quote.spread, LEDGER_ACCOUNTS.spreadIncome),
    tenge(quote.fee, LEDGER_ACCOUNTS.feeIncome),
  ]
  return toJournal(journalId, lines)
}

/**
 * The journal of an executed collection: the crypto leaves the wallet, and its tenge take the place of an exposure;
 * what the quote keeps above them is fee and spread. The tenge may be fewer than were asked for, where a part of the
 * exposure was cancelled meanwhile.
 */
export function collectionJournal(
  reference: MovementReference,
  wallet: LedgerWallet,
  paid: Pick<Quote, 'debit' | 'billing' | 'fee' | 'spread'>,
): readonly Posting[] {
  const debitAccount = LEDGER_ACCOUNTS.conversion(wallet.exchange, wallet.asset)
  const tenge = (amount: bigint, creditAccount: string) =>
    ({ asset: 'KZT', amount, debitAccount, creditAccount }) as const
  return toJournal(`collection/${reference}`, [
    {
      asset: wallet.asset,
      amount: paid.debit,
      debitAccount: LEDGER_ACCOUNTS.programmeSettlement(wallet.exchange, wallet.asset),
      creditAccount: LEDGER_ACCOUNTS.cardholderWallet(wallet),
    },
    tenge(paid.billing, LEDGER_ACCOUNTS.exposure(wallet.bank)),
    tenge(paid.spread, LEDGER_ACCOUNTS.spreadIncome),
    tenge(paid.fee, LEDGER_ACCOUNTS.feeIncome),
  ])
}

/** A posting that has no place in a journal yet. */
export type PostingLine = Omit<Posting, 'journalId' | 'line'>

/** Numbers the lines of a journal; those of nothing are not posted. */
export function toJournal<Line extends PostingLine>(
  journalId: string,
  lines: readonly Line[],
): readonly (Line & Pick<Posting, 'journalId' | 'line'>)[] {
  return lines
    .filter((line) => line.amount > 0n)
    .map((line, index) => ({ journalId, line: index + 1, ...line }))
}
