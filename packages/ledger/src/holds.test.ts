import {
  type Hold,
  type HoldPart,
  openOf,
  refundableOf,
  type Tenge,
  total,
} from '@tolem/domain/hold'
import { applyChange, type HoldCause, type HoldChange } from '@tolem/domain/hold-change'
import {
  planClearing,
  planExpiry,
  planRaise,
  planRefund,
  planReversal,
} from '@tolem/domain/hold-plan'
import type {
  AuthorizationId,
  BankId,
  CardToken,
  ClearingId,
  ExchangeId,
  ExposureId,
  MovementReference,
  RefundId,
} from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import type { Rate } from '@tolem/money/rate'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { holdJournals } from './holds.ts'
import { approvalJournal, collectionJournal, type Posting } from './ledger.ts'

const BANK = 'halyk' as BankId
const FIRST = 'aut_019a1b2c-3d4e-7f50-8a6b-000000000001' as AuthorizationId
const wallet = {
  bank: BANK,
  cardToken: 'ct_1' as CardToken,
  exchange: 'bybit' as ExchangeId,
  asset: 'USDT',
} as const
const tenge = (amount: bigint) => amountOf('KZT', amount)

/** Credit-positive balance of a tenge account. */
function balanceOf(postings: readonly Posting[], account: string): bigint {
  return postings.reduce((sum, { asset, amount, debitAccount, creditAccount }) => {
    if (asset !== 'KZT') return sum
    return (
      sum + (creditAccount === account ? amount : 0n) - (debitAccount === account ? amount : 0n)
    )
  }, 0n)
}

function aPart(index: number, change: Partial<HoldPart>): HoldPart {
  const id = `aut_019a1b2c-3d4e-7f50-8a6b-00000000000${index}` as AuthorizationId
  return {
    id,
    approved: tenge(0n),
    released: tenge(0n),
    cleared: tenge(0n),
    refunded: tenge(0n),
    isFinal: false,
    credits: 0,
    debits: [],
    exposures: [],
    ...change,
  }
}

const debit = {
  reference: 'tmd01x' as MovementReference,
  exchange: wallet.exchange,
  asset: 'USDT',
  step: 100n,
  amount: amountOf('USDT', 2_675_751_900n),
  credited: amountOf('USDT', 0n),
  billing: tenge(1_250_000n),
  fee: tenge(12_500n),
  spread: tenge(6_341n),
  released: tenge(0n),
  refunded: tenge(0n),
  rate: '471.829' as Rate,
} as const

const parts = fc.record({
  billing: fc.bigInt({ min: 1n, max: 2_000_000n }),
  fee: fc.bigInt({ min: 0n, max: 20_000n }),
  spread: fc.bigInt({ min: 0n, max: 20_000n }),
  amount: fc.bigInt({ min: 1n, max: 40_000_000n }),
  owed: fc.bigInt({ min: 0n, max: 1_000_000n }),
})
const steps = fc.record({
  kind: fc.constantFrom('reversal', 'clearing', 'last', 'refund', 'expiry', 'advice'),
  share: fc.bigInt({ min: 1n, max: 1_400n }),
})

type Books = { readonly hold: Hold; readonly postings: readonly Posting[] }

/** A hold with a debit and an exposure in each part, and what its approval posted. */
function open(
  drawn: readonly (typeof parts extends fc.Arbitrary<infer T> ? T : never)[],
  isFinal: boolean,
): Books {
  const postings: Posting[] = []
  const hold = drawn.map(({ billing, fee, spread, amount, owed }, index) => {
    const reference = `tmd0${index}` as MovementReference
    const paid = {
      debit: amountOf('USDT', amount * 100n),
      billing: tenge(billing),
      fee: tenge(fee),
      spread: tenge(spread),
    }
    const exposures =
      owed > 0n
        ? [{ id: `exp_${index}` as ExposureId, owed: tenge(owed), cancelled: tenge(0n) }]
        : []
    const part = aPart(index, { isFinal, exposures })
    const cause = { bank: BANK, kind: 'advice', id: part.id } as const
    // As if an advice had been approved for all of it, and one collection had paid for the debit's part.
    const advised = planRaise(part, tenge(billing + owed))
    postings.push(...holdJournals(advised, cause), ...collectionJournal(reference, wallet, paid))
    const { debit: taken, ...money } = paid
    const debits = [{ ...debit, ...money, amount: taken, reference }]
    return { ...part, approved: tenge(billing + owed), debits }
  })
  return { hold: hold as unknown as Hold, postings }
}

let message = 0
function take(hold: Hold, { kind, share }: { kind: string; share: bigint }) {
  message += 1
  const uuid = `019a1b2c-3d4e-7f50-8a6c-${message.toString(16).padStart(12, '0')}`
  const held = total(hold, openOf)
  const part = (of: bigint) => tenge((of * (share > 1_000n ? 1_000n : share)) / 1_000n)
  const release = { bank: BANK, kind: 'release' } as const
  const changes: Record<string, () => [HoldChange, HoldCause]> = {
    reversal: () => [planReversal(hold, part(held)), release],
    expiry: () => [planExpiry(hold), release],
    clearing: () => clear(false),
    last: () => clear(true),
    refund: () => {
      // Also of what is still open, debited or not.
      const amount = part(total(hold, refundableOf))
      const id = `rfd_${uuid}` as RefundId
      return [planRefund(hold, amount, 'original'), { bank: BANK, kind: 'refund', id }]
    },
    advice: () => [
      planRaise(hold[0], tenge(share)),
      { bank: BANK, kind: 'advice', id: `aut_${uuid}` as AuthorizationId },
    ],
  }
  function clear(isLast: boolean): [HoldChange, HoldCause] {
    const id = `clr_${uuid}` as ClearingId
    const amount = tenge((held * share) / 1_000n + 1n)
    return [planClearing(hold, amount, isLast), { bank: BANK, kind: 'clearing', id }]
  }
  return changes[kind]?.() ?? expect.unreachable()
}

/** The exposure that a change gives birth to, as the record of holds does it. */
function exposed(hold: Hold, change: HoldChange): Hold {
  message += 1
  const raisedBy = (id: AuthorizationId): Tenge =>
    change.find((part) => part.id === id)?.raised ?? tenge(0n)
  return hold.map((part) => ({
    ...part,
    exposures: [
      ...part.exposures,
      { id: `exp_new_${message}` as ExposureId, owed: raisedBy(part.id), cancelled: tenge(0n) },
    ],
  })) as unknown as Hold
}

test('after whatever happens to a hold, the accounts say what is held, exposed and owed', () => {
  const lives = [fc.array(parts, { minLength: 1, maxLength: 3 }), fc.boolean()] as const
  fc.assert(
    fc.property(...lives, fc.array(steps, { maxLength: 7 }), (drawn, isFinal, taken) => {
      let { hold, postings }: Books = open(drawn, isFinal)
      for (const step of taken) {
        const [change, cause] = take(hold, step)
        postings = postings.concat(holdJournals(change, cause))
        hold = exposed(applyChange(hold, change), change)
      }
      const isHeld = isFinal ? 0n : total(hold, openOf)
      expect(balanceOf(postings, 'held_for_authorizations/halyk')).toBe(isHeld)
      const owed = hold
        .flatMap(({ exposures }) => exposures)
        .reduce((sum, one) => sum + one.owed, 0n)
      expect(balanceOf(postings, 'exposure/halyk')).toBe(-owed)
      const due = total(hold, ({ cleared }) => cleared) - total(hold, ({ refunded }) => refunded)
      expect(balanceOf(postings, 'owed_to_bank/halyk')).toBe(
        due + (isFinal ? total(hold, openOf) : 0n),
      )
      const names = postings.map(({ journalId, line }) => `${journalId} ${line}`)
      expect(new Set(names).size).toBe(names.length)
      expect(postings.every(({ amount }) => amount > 0n)).toBe(true)
      expect(postings.every((line) => line.debitAccount !== line.creditAccount)).toBe(true)
    }),
  )
})

test('what is refunded of money that was never taken is owed by the bank, also when its hold is released', () => {
  const owed = tenge(100_000n)
  // As in an advice's own record.
  const id = FIRST.replace('aut_', 'exp_') as ExposureId
  const exposure = { id, owed, cancelled: tenge(0n) }
  for (const isFinal of [false, true]) {
    let hold: Hold = [aPart(1, { approved: owed, exposures: [exposure], isFinal })]
    const postings: Posting[] = [
      ...holdJournals(planRaise(hold[0], owed), { bank: BANK, kind: 'advice', id: FIRST }),
    ]
    const refund = planRefund(hold, tenge(40_000n), 'original')
    postings.push(...holdJournals(refund, { bank: BANK, kind: 'refund', id: 'rfd_1' as RefundId }))
    hold = applyChange(hold, refund)
    const release = planReversal(hold, undefined)
    expect(release).toMatchObject([{ released: 100_000n, credits: [], uncovered: 40_000n }])
    postings.push(...holdJournals(release, { bank: BANK, kind: 'release' }))
    expect(balanceOf(postings, 'held_for_authorizations/halyk')).toBe(0n)
    expect(balanceOf(postings, 'exposure/halyk')).toBe(0n)
    expect(balanceOf(postings, 'owed_to_bank/halyk')).toBe(-40_000n)
    expect(balanceOf(postings, 'refund_surplus/halyk')).toBe(40_000n)
    const names = postings.map(({ journalId, line }) => `${journalId} ${line}`)
    expect(new Set(names).size).toBe(names.length)
  }
})

test('releasing all of an approval takes every tenge line of it back', () => {
  const quote = { ...debit, debit: debit.amount }
  const approved = approvalJournal(debit.reference, wallet, quote as never)
  const hold: Hold = [aPart(1, { approved: debit.billing, debits: [debit] })]
  const released = holdJournals(planExpiry(hold), { bank: BANK, kind: 'release' })
  for (const account of ['held_for_authorizations/halyk', 'conversion/bybit/USDT'])
    expect(balanceOf([...approved, ...released], account)).toBe(0n)
  for (const account of ['fee_income', 'spread_income'])
    expect(balanceOf([...approved, ...released], account)).toBe(0n)
})

test('a release that comes to no crypto is posted under its debit’s name', () => {
  const coarse = { ...debit, step: debit.amount }
  const hold: Hold = [aPart(1, { approved: debit.billing, debits: [coarse] })]
  const [line] = holdJournals(planReversal(hold, tenge(1_249_000n)), {
    bank: BANK,
    kind: 'release',
  })
  expect(line).toMatchObject({
    journalId: 'release/tmd01x/1000',
    amount: 1_000n,
    debitAccount: 'held_for_authorizations/halyk',
    creditAccount: 'conversion/bybit/USDT',
    authorizationId: FIRST,
  })
})

test('a clearing of a final authorization posts nothing for what was held', () => {
  const hold: Hold = [aPart(1, { approved: debit.billing, debits: [debit], isFinal: true })]
  const cause = { bank: BANK, kind: 'clearing', id: 'clr_1' as ClearingId } as const
  expect(holdJournals(planClearing(hold, tenge(1_250_000n), true), cause)).toEqual([])
  expect(holdJournals(planClearing(hold, tenge(1_250_001n), true), cause)).toMatchObject([
    { amount: 1n, debitAccount: 'exposure/halyk', creditAccount: 'owed_to_bank/halyk' },
  ])
})
