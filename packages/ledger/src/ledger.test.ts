import type { BankId, CardToken, ExchangeId, MovementReference } from '@tolem/domain/ids'
import type { Quote } from '@tolem/domain/quote'
import { amountOf } from '@tolem/money/amount'
import { CRYPTO_ASSETS } from '@tolem/money/asset'
import { aQuote } from '@tolem/testing/builders'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { approvalJournal, LEDGER_ACCOUNTS } from './ledger.ts'

const wallet = {
  bank: 'halyk' as BankId,
  cardToken: 'ct_1' as CardToken,
  exchange: 'bybit' as ExchangeId,
  asset: 'USDT',
} as const
const reference = 'tmd01x' as MovementReference
const quote = {
  debit: amountOf('USDT', 2_675_751_900n),
  billing: amountOf('KZT', 1_250_000n),
  fee: amountOf('KZT', 12_500n),
  spread: amountOf('KZT', 6_345n),
} as Quote

test('an approval debits the programme and credits the wallet by exactly the quoted crypto', () => {
  const [crypto] = approvalJournal(reference, wallet, quote)
  expect(crypto).toEqual({
    journalId: 'approval/tmd01x',
    line: 1,
    asset: 'USDT',
    amount: 2_675_751_900n,
    debitAccount: 'programme_settlement/bybit/USDT',
    creditAccount: 'cardholder_wallet/halyk/ct_1/bybit/USDT',
  })
})

test('the tenge lines are the billing, the spread and the fee, apart', () => {
  const lines = approvalJournal(reference, wallet, quote).slice(1)
  expect(lines.map((line) => [line.creditAccount, line.amount])).toEqual([
    ['held_for_authorizations/halyk', 1_250_000n],
    ['spread_income', 6_345n],
    ['fee_income', 12_500n],
  ])
  expect(new Set(lines.map((line) => line.debitAccount))).toEqual(
    new Set(['conversion/bybit/USDT']),
  )
})

test('the billing of a final authorization is owed to the bank at once', () => {
  const lines = approvalJournal(reference, wallet, { ...quote, isFinal: true })
  expect(lines.map((line) => line.creditAccount)).toEqual([
    'cardholder_wallet/halyk/ct_1/bybit/USDT',
    'owed_to_bank/halyk',
    'spread_income',
    'fee_income',
  ])
})

test('a line of nothing is not posted, and the lines stay numbered without a gap', () => {
  const free = { ...quote, spread: amountOf('KZT', 0n) }
  expect(approvalJournal(reference, wallet, free).map((line) => line.line)).toEqual([1, 2, 3])
})

const amounts = fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 10n ** 30n }))

const approvals = fc
  .record({
    asset: fc.constantFrom(...CRYPTO_ASSETS),
    debit: fc.bigInt({ min: 1n, max: 10n ** 38n - 1n }),
    billing: amounts,
    fee: amounts,
    spread: amounts,
  })
  .map(({ asset, debit, ...tenge }) => ({
    asset,
    quote: aQuote({
      asset,
      debit: amountOf(asset, debit),
      billing: amountOf('KZT', tenge.billing),
      fee: amountOf('KZT', tenge.fee),
      spread: amountOf('KZT', tenge.spread),
    }),
  }))

test('whatever the quote, each asset balances and no line is of nothing', () => {
  fc.assert(
    fc.property(approvals, ({ asset, quote }) => {
      const lines = approvalJournal(reference, { ...wallet, asset }, quote)
      const balances = new Map<string, bigint>()
      const book = (account: string, amount: bigint) =>
        balances.set(account, (balances.get(account) ?? 0n) + amount)
      for (const line of lines) {
        expect(line.amount).toBeGreaterThan(0n)
        expect(line.debitAccount).not.toBe(line.creditAccount)
        book(`${line.asset} ${line.debitAccount}`, line.amount)
        book(`${line.asset} ${line.creditAccount}`, -line.amount)
      }
      for (const of of [asset, 'KZT']) {
        const own = [...balances].filter(([account]) => account.startsWith(`${of} `))
        expect(own.reduce((sum, [, amount]) => sum + amount, 0n)).toBe(0n)
      }
      const conversion = `KZT ${LEDGER_ACCOUNTS.conversion(wallet.exchange, asset)}`
      expect(balances.get(conversion) ?? 0n).toBe(quote.billing + quote.fee + quote.spread)
      expect(lines.map(({ line }) => line)).toEqual(lines.map((_, index) => index + 1))
      expect(new Set(lines.map(({ journalId }) => journalId)).size).toBe(1)
    }),
  )
})
