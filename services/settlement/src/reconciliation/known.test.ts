import type { FoundEntry } from '@tolem/authorizations/reconciliation'
import type { ExchangeId, MovementReference } from '@tolem/domain/ids'
import type { HistoryEntry, HistoryPort } from '@tolem/exchanges/history-port'
import { amountOf } from '@tolem/money/amount'
import { expect, test } from 'vitest'
import { passDeps } from '../testing/pass-deps.ts'
import { findKnown } from './known.ts'

const SPAN = { from: 0, to: 1_000 }
const DEBIT = 'tmd010000000000000000000000004' as MovementReference

const history: HistoryPort = {
  exchange: 'x' as ExchangeId,
  rail: 'bybit-subaccount',
  longestSpanMs: 1_000,
  nameOf: (reference) => `name-of-${reference}`,
  read: () => Promise.resolve({ kind: 'unknown', detail: 'not asked here' }),
}

const stranger: HistoryEntry = {
  name: history.nameOf(DEBIT),
  exchangeReference: history.nameOf(DEBIT),
  kind: 'debit',
  walletId: 'w',
  asset: 'USDT',
  amount: amountOf('USDT', 5n),
  executedAt: 1,
  state: 'executed',
}
const found: FoundEntry = { ...stranger, nth: 1, kind: 'orphan_debit' }

/** How often all our movements are gone through to find whose these are. */
async function sweeps(entries: readonly HistoryEntry[], earlier: readonly FoundEntry[] = []) {
  let swept = 0
  const { reconciliation } = passDeps({
    found: () => Promise.resolve(earlier),
    sweep: () => {
      swept += 1
      return Promise.resolve([{ reference: DEBIT, kind: 'debit' }])
    },
  })
  await findKnown({ reconciliation, history, finalAfterMs: 0 }, SPAN, entries)
  return swept
}

test('a stranger is looked for once: not when it is on record for being one', async () => {
  expect(await sweeps([stranger])).toBe(1)
  expect(await sweeps([stranger], [found])).toBe(0)
})

test('another execution of what was found before may be of ours, and is looked for', async () => {
  expect(await sweeps([stranger, { ...stranger, executedAt: 2 }], [found])).toBe(1)
})

test('what did not move anything is not looked for', async () => {
  expect(await sweeps([{ ...stranger, state: 'refused' }])).toBe(0)
})
