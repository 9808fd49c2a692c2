import type { KnownMovement } from '@tolem/authorizations/reconciliation'
import type { ExchangeId, MovementReference } from '@tolem/domain/ids'
import type { HistoryEntry } from '@tolem/exchanges/history-port'
import { amountOf } from '@tolem/money/amount'
import { expect, test } from 'vitest'
import { compare } from './compare.ts'

const AT = { exchange: 'x' as ExchangeId, rail: 'binance-subaccount' } as const
const NAME = 'tmd010000000000000000000000004' as MovementReference
const WALLET = { ...AT, walletId: 'A@sub.example', assets: ['USDT'] } as const

const entry: HistoryEntry = {
  name: NAME,
  reference: NAME,
  exchangeReference: '1',
  kind: 'debit',
  walletId: 'a@sub.example',
  asset: 'USDT',
  amount: amountOf('USDT', 5n),
  executedAt: 1_000,
  state: 'executed',
}
const known: KnownMovement = {
  kind: 'debit',
  order: {
    reference: NAME,
    debitReference: NAME,
    wallet: WALLET,
    asset: 'USDT',
    amount: amountOf('USDT', 5n),
  },
  state: 'executed',
  exchangeReference: '1',
  createdAt: 0,
  validUntil: 2_000,
}

const found = (entries: readonly HistoryEntry[], record?: KnownMovement) =>
  compare(AT, entries, () => record).map(({ kind, nth, detail, posting }) => [
    kind,
    nth,
    ...(detail === undefined ? [] : [detail]),
    ...(posting ? [posting.debitAccount, posting.creditAccount] : []),
  ])

const UNMATCHED = 'unmatched/x/a@sub.example/USDT'
const PROGRAMME = 'programme_settlement/x/USDT'

test('what both have alike is no finding, in whatever state of ours, nor what the exchange refused', () => {
  for (const state of ['executed', 'intended', 'in_doubt'] as const)
    expect(found([entry], { ...known, state })).toEqual([])
  expect(
    found([
      { ...entry, state: 'refused' },
      { ...entry, state: 'pending' },
    ]),
  ).toEqual([])
})

test('what we have no record of is an orphan, posted the way it went', () => {
  expect(found([entry])).toEqual([['orphan_debit', 1, PROGRAMME, UNMATCHED]])
  expect(found([{ ...entry, kind: 'credit' }])).toEqual([
    ['orphan_credit', 1, UNMATCHED, PROGRAMME],
  ])
})

test('of several under one name all but the one that we recorded are doubles', () => {
  const later = { ...entry, exchangeReference: '2', executedAt: 2_000 }
  const both = [['double_debit', 2, PROGRAMME, UNMATCHED]]
  expect(found([later, entry], known)).toEqual(both)
  expect(found([later, entry], { ...known, exchangeReference: '2' })).toEqual(both)
  expect(found([later, entry]).map(([kind, nth]) => [kind, nth])).toEqual([
    ['orphan_debit', 1],
    ['orphan_debit', 2],
  ])
})

test('what we say was refused and the exchange executed goes back', () => {
  expect(found([entry], { ...known, state: 'refused' })).toEqual([
    ['refused_debit', 1, PROGRAMME, UNMATCHED],
  ])
})

test.each([
  [{ amount: amountOf('USDT', 6n) }, 'of 6, not 5'],
  [{ asset: 'USDC' }, 'of USDC, not USDT'],
  [{ walletId: 'b@sub.example' }, 'of wallet b@sub.example, not A@sub.example'],
  [{ kind: 'credit' }, 'a credit at the exchange, a debit in our records'],
] as const)('%o differs, and nothing is posted', (change, detail) => {
  expect(found([{ ...entry, ...change }], known)).toEqual([['differs', 1, detail]])
})
