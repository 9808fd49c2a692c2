import type { FoundEntry, KnownMovement } from '@tolem/authorizations/reconciliation'
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

const FINAL_AFTER_MS = 3_000

const compareWith = (
  entries: readonly HistoryEntry[],
  record?: KnownMovement,
  earlier: readonly FoundEntry[] = [],
) => compare(AT, entries, { knownOf: () => record, found: earlier, finalAfterMs: FINAL_AFTER_MS })

const found = (...compared: Parameters<typeof compareWith>) =>
  compareWith(...compared).map(({ kind, nth, detail, posting }) => [
    kind,
    nth,
    ...(detail === undefined ? [] : [detail]),
    ...(posting ? [posting.debitAccount, posting.creditAccount] : []),
  ])

/** As the findings of a comparison are on record for the next one. */
const onRecord = (...compared: Parameters<typeof compareWith>): readonly FoundEntry[] =>
  compareWith(...compared).flatMap(({ name, nth, kind, moved }) =>
    moved ? [{ ...moved, name, nth, kind }] : [],
  )

const keysOf = (...compared: Parameters<typeof compareWith>) =>
  compareWith(...compared).map(({ kind, nth }) => [kind, nth])

/** Where names do not tell references, and the exchange calls all executions of one name alike. */
function nameless(of: HistoryEntry): HistoryEntry {
  const { reference: _, ...rest } = of
  return { ...rest, name: 'name', exchangeReference: 'name' }
}

const LATE = known.validUntil + FINAL_AFTER_MS + 1

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

test.each([
  ['under a reference of its own', { ...entry, exchangeReference: '2' }, known],
  ['under the same', nameless(entry), { ...known, exchangeReference: 'name' }],
])(
  'an execution %s that comes long after the first is a double, each further one another',
  (...given) => {
    const [, first, record] = given
    const second = { ...first, executedAt: LATE }
    const third = {
      ...second,
      exchangeReference: first.name === 'name' ? 'name' : '3',
      executedAt: LATE + 9,
    }
    expect(keysOf([second], record)).toEqual([['double_debit', 2]])
    const earlier = onRecord([second], record)
    expect(keysOf([second], record, earlier)).toEqual([])
    expect(keysOf([third], record, earlier)).toEqual([['double_debit', 3]])
    expect(keysOf([second, third], record, earlier)).toEqual([['double_debit', 3]])
    expect(keysOf([second, third], record)).toEqual([
      ['double_debit', 2],
      ['double_debit', 3],
    ])
  },
)

test('what is executed late is the movement itself where it is named so, open, or refused before', () => {
  const late = { ...entry, executedAt: LATE }
  expect(found([late], known)).toEqual([])
  for (const state of ['intended', 'in_doubt'] as const) {
    const { exchangeReference: _, ...open } = { ...known, state }
    expect(found([late], open)).toEqual([])
    expect(found([nameless(late)], open)).toEqual([])
  }
  expect(keysOf([nameless(late)], { ...known, state: 'refused' })).toEqual([['refused_debit', 1]])
  const atItsEnd = { ...nameless(entry), executedAt: LATE - 1 }
  expect(found([atItsEnd], { ...known, exchangeReference: 'name' })).toEqual([])
})

test('what was found of a name leaves the rest of it to be found', () => {
  const [second, refused] = [
    { ...nameless(entry), executedAt: LATE },
    { ...known, state: 'refused' } as const,
  ]
  const first = onRecord([nameless(entry)], refused)
  expect(keysOf([second], refused, first)).toEqual([['double_debit', 2]])
  expect(keysOf([nameless(entry), second], undefined, onRecord([nameless(entry)]))).toEqual([
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
