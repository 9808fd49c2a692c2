import type { DueFinding } from '@tolem/authorizations/reconciliation'
import type { ExchangeId, MovementReference } from '@tolem/domain/ids'
import { IDLE_IN_TRANSACTION_MS } from '@tolem/postgres/session'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { judge, returnReference } from './judge.ts'

const AT = { exchange: 'x' as ExchangeId, rail: 'bybit-subaccount' } as const
const nameOf = (reference: MovementReference) => reference

function aFinding(change: Partial<DueFinding>): DueFinding {
  return {
    name: 'a',
    nth: 1,
    kind: 'orphan_debit',
    exchangeReference: 'x-a',
    walletId: 'w',
    asset: 'USDT',
    amount: 10n,
    executedAt: 0,
    ...change,
  }
}

const amounts = (due: readonly DueFinding[]) =>
  judge(AT, nameOf, due).returns.map(({ finding, amount }) => [finding.name, amount])

const debit = 'tmd010000000000000000000000004' as MovementReference
const itsCredit = 'tmc020000000000000000000000004' as MovementReference
const another = 'tmc010000000000000000000000005' as MovementReference

test('a debit goes back less what its own authorization already gave back of it', () => {
  const orphan = aFinding({ name: debit, reference: debit })
  const credit = aFinding({ name: itsCredit, reference: itsCredit, kind: 'orphan_credit' })
  expect(amounts([orphan])).toEqual([[debit, 10n]])
  expect(amounts([orphan, { ...credit, amount: 4n }])).toEqual([[debit, 6n]])
  expect(amounts([orphan, credit])).toEqual([])
  expect(judge(AT, nameOf, [orphan, credit]).netted).toHaveLength(2)
})

test('a credit of another authorization, wallet or asset is left to a person', () => {
  const orphan = aFinding({ name: debit, reference: debit })
  for (const credit of [
    aFinding({ name: another, reference: another, kind: 'orphan_credit' }),
    aFinding({ name: itsCredit, reference: itsCredit, kind: 'orphan_credit', walletId: 'v' }),
    aFinding({ name: itsCredit, reference: itsCredit, kind: 'orphan_credit', asset: 'USDC' }),
  ])
    expect(judge(AT, nameOf, [orphan, credit])).toMatchObject({
      netted: [],
      returns: [{ amount: 10n }],
    })
})

test('what is left of a credit is there for debits that are judged later', () => {
  const credit = aFinding({ name: 'c', kind: 'orphan_credit' })
  const first = aFinding({ name: 'a', amount: 6n })
  expect(
    judge(AT, nameOf, [first, credit]).netted.map(({ name, amount }) => [name, amount]),
  ).toEqual([
    ['a', 6n],
    ['c', 6n],
  ])
  expect(amounts([aFinding({ name: 'b' }), { ...credit, amount: 4n }])).toEqual([['b', 6n]])
})

test('where names tell nothing, credits of the wallet go to debits of their amount first', () => {
  const due = [
    aFinding({ name: 'a', amount: 7n }),
    aFinding({ name: 'b', amount: 3n }),
    aFinding({ name: 'c', amount: 3n, kind: 'orphan_credit' }),
  ]
  expect(amounts(due)).toEqual([['a', 7n]])
})

test('a double that an earlier database gave back is not given back again', () => {
  const double = aFinding({ kind: 'double_debit', nth: 2 })
  const name = returnReference(AT, double)
  expect(amounts([double, aFinding({ name, kind: 'orphan_credit' })])).toEqual([])
  expect(amounts([double, aFinding({ name: 'c', kind: 'orphan_credit' })])).toEqual([['a', 10n]])
})

test('references of returns are ours, and differ where anything of the finding does', () => {
  const references = [
    returnReference(AT, { name: 'a', nth: 1 }),
    returnReference(AT, { name: 'a', nth: 2 }),
    returnReference(AT, { name: 'b', nth: 1 }),
    returnReference({ ...AT, rail: 'binance-subaccount' }, { name: 'a', nth: 1 }),
  ]
  expect(new Set(references).size).toBe(4)
  for (const reference of references) expect(reference).toMatch(/^tmo[0-9a-z]{27}$/)
})

/** Judges findings pass by pass, with the records in between: what stands against others does so for good. */
function judgeInPasses(passOf: readonly { readonly due: DueFinding; readonly from: number }[]) {
  const used = new Map<string, bigint>()
  const returned = new Map<string, bigint>()
  for (let pass = 0; pass <= LAST_PASS; pass += 1) {
    const open = passOf
      .filter(({ due, from }) => from <= pass && !returned.has(due.name))
      .map(({ due }) => ({ ...due, amount: due.amount - (used.get(due.name) ?? 0n) }))
      .filter(({ amount }) => amount > 0n)
    const { netted, returns } = judge(AT, nameOf, open)
    for (const { name, amount } of netted) used.set(name, (used.get(name) ?? 0n) + amount)
    for (const { finding, amount } of returns) returned.set(finding.name, amount)
  }
  return returned
}

const LAST_PASS = 3

test('every wallet is whole afterwards: what goes back is what was taken less what was given', () => {
  const anOrphan = fc.record({
    kind: fc.constantFrom('orphan_debit' as const, 'orphan_credit' as const),
    walletId: fc.constantFrom('v', 'V', 'w'),
    amount: fc.bigInt({ min: 1n, max: 20n }),
    from: fc.nat({ max: LAST_PASS }),
  })
  fc.assert(
    fc.property(fc.array(anOrphan, { maxLength: 30 }), (orphans) => {
      const passOf = orphans.map(({ from, ...orphan }, index) => ({
        due: aFinding({ ...orphan, name: `n${index}` }),
        // Credits are judged as soon as they are found, debits only when what belongs to them is.
        from: orphan.kind === 'orphan_credit' ? 0 : from,
      }))
      const returned = judgeInPasses(passOf)
      for (const wallet of ['v', 'w']) {
        const own = passOf
          .map(({ due }) => due)
          .filter(({ walletId }) => walletId.toLowerCase() === wallet)
        const sum = (kind: string) =>
          own.filter((one) => one.kind === kind).reduce((total, { amount }) => total + amount, 0n)
        const taken = sum('orphan_debit') - sum('orphan_credit')
        const back = own.reduce((total, { name }) => total + (returned.get(name) ?? 0n), 0n)
        expect(back).toBe(taken > 0n ? taken : 0n)
      }
    }),
  )
})

test('thousands of findings are judged before their transaction would be ended', () => {
  const due = Array.from({ length: 4_000 }, (_, index) => [
    aFinding({ name: `d${index}`, walletId: `w${index}` }),
    aFinding({ name: `c${index}`, walletId: `W${index}`, kind: 'orphan_credit', amount: 4n }),
  ]).flat()
  const startedAt = performance.now()
  const { returns } = judge(AT, nameOf, due)
  expect(performance.now() - startedAt).toBeLessThan(IDLE_IN_TRANSACTION_MS)
  expect(returns.map(({ amount }) => amount)).toEqual(Array(4_000).fill(6n))
})
