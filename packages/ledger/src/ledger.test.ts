import type { BankId, CardToken, ExchangeId, MovementReference } from '@tolem/domain/ids'
import type { Quote } from '@tolem/domain/quote'
import { amountOf } from '@tolem/money/amount'
import { expect, test } from 'vitest'
import { approvalJournal } from './ledger.ts'

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

test('a line of nothing is not posted, and the lines stay numbered without a gap', () => {
  const free = { ...quote, spread: amountOf('KZT', 0n) }
  expect(approvalJournal(reference, wallet, free).map((line) => line.line)).toEqual([1, 2, 3])
})
