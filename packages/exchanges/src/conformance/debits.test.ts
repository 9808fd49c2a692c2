import type { ExchangeId, MovementReference } from '@tolem/domain/ids'
import { refuse } from '@tolem/domain/outcome'
import { amountOf } from '@tolem/money/amount'
import { expect, test } from 'vitest'
import type { RailPort } from '../port.ts'
import type { Bench, SeenMovement } from './bench.ts'
import { DEBIT_CHECKS } from './debits.ts'

const exchange = 'partner' as ExchangeId
const debit: SeenMovement = { kind: 'debit', asset: 'USDT', amount: 50n }

/** A rail that tells no balance and debits whatever it is asked for, at an exchange that moved something else. */
const rail: RailPort = {
  exchange,
  rail: 'partner-transfer',
  capabilities: {
    reference: { kind: 'for_ever' },
    hasValidityWindow: true,
    notFoundIsFinalAfterMs: 0,
  },
  stepOf: () => 1n,
  debit: () => Promise.resolve({ kind: 'debited', exchangeReference: 'one' }),
  credit: () => Promise.resolve({ kind: 'credited', exchangeReference: 'two' }),
  lookUpDebit: () => Promise.resolve({ kind: 'not_found' }),
  lookUpCredit: () => Promise.resolve({ kind: 'not_found' }),
  balances: () => Promise.resolve(refuse('unsupported')),
}

const bench: Bench = {
  rail,
  wallet: { exchange, rail: 'partner-transfer', walletId: 'one', assets: ['USDT'] },
  asset: 'USDT',
  amount: amountOf('USDT', 50n),
  newReference: () => 'reference' as MovementReference,
  now: () => 0,
  sleep: () => Promise.resolve(),
  paceMs: 0,
  limit: { timeoutMs: 1 },
}

test.each<[string, readonly SeenMovement[], string]>([
  ['exactly the debit', [debit], 'held'],
  ['nothing', [], 'broken'],
  ['it twice', [debit, debit], 'broken'],
  ['another amount', [{ ...debit, amount: 51n }], 'broken'],
  ['another asset', [{ ...debit, asset: 'USDC' }], 'broken'],
  ['a credit', [{ ...debit, kind: 'credit' }], 'broken'],
])('a rail without balances is judged by the exchange’s books: %s', async (_, moved, outcome) => {
  const movements = () => Promise.resolve(moved)
  expect(await DEBIT_CHECKS[0]?.run({ ...bench, movements })).toMatchObject({ outcome })
})

test('where neither a balance nor the books tell what was taken, nothing is proved', async () => {
  expect(await DEBIT_CHECKS[0]?.run(bench)).toMatchObject({ outcome: 'not_run' })
})
