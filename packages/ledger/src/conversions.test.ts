import type {
  ConversionFee,
  ConversionFill,
  ConversionMoney,
  ConversionReference,
} from '@tolem/domain/conversion'
import type { ExchangeId } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import type { AssetCode, CryptoAsset } from '@tolem/money/asset'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type BookedOrder, bookShare, conversionJournals, filledBook } from './conversions.ts'
import type { Posting } from './ledger.ts'

const EXCHANGE = 'bybit' as ExchangeId

/** Debit-positive. */
function balanceOf(postings: readonly Posting[], account: string, asset: AssetCode): bigint {
  return postings
    .filter((line) => line.asset === asset)
    .reduce((sum, { amount, debitAccount, creditAccount }) => {
      const debited = debitAccount === account ? amount : 0n
      return sum + debited - (creditAccount === account ? amount : 0n)
    }, 0n)
}

type Scene = {
  readonly side: 'sell' | 'buy'
  readonly asset: CryptoAsset
  readonly money: ConversionMoney
  readonly ordered: bigint
  readonly filled: bigint
  readonly book: bigint
  readonly worth: bigint
  readonly fees: readonly ConversionFee[]
}

function play({ side, asset, money, ordered, book, ...did }: Scene) {
  const order: BookedOrder = {
    reference: 'tv1' as ConversionReference,
    exchange: EXCHANGE,
    side,
    asset,
    money,
    amount: amountOf(asset, ordered),
    book,
  }
  const fill: ConversionFill = {
    exchangeReference: 'x1',
    amount: amountOf(asset, did.filled),
    worth: amountOf(money, did.worth),
    fees: did.fees,
  }
  return { order, fill, postings: conversionJournals(order, fill) }
}

const fee = fc.oneof(
  fc
    .record({
      asset: fc.constantFrom('KZT', 'USDT', 'BTC', 'USDC' as const),
      amount: fc.bigInt({ min: 0n, max: 10n ** 9n }),
    })
    .map(({ asset, amount }): ConversionFee => ({ asset, amount: amountOf(asset, amount) })),
  fc.constant<ConversionFee>({ asset: 'other', name: 'BNB', text: '0.0001' }),
)
const scene = fc
  .record({
    side: fc.constantFrom('sell', 'buy'),
    pair: fc.constantFrom(
      ['USDT', 'KZT'] as const,
      ['BTC', 'USDT'] as const,
      ['BTC', 'KZT'] as const,
    ),
    ordered: fc.bigInt({ min: 1n, max: 10n ** 30n }),
    share: fc.bigInt({ min: 1n, max: 1_000n }),
    book: fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
    worth: fc.bigInt({ min: 0n, max: 10n ** 20n }),
    fees: fc.array(fee, { maxLength: 3 }),
  })
  .map(({ pair: [asset, money], ordered, share, ...rest }): Scene => {
    const filled = (ordered * share) / 1_000n
    return { ...rest, asset, money, ordered, filled: filled === 0n ? ordered : filled }
  })

test('quoted worth less tenge realised is the result, and nothing of it is lost between', () => {
  fc.assert(
    fc.property(scene, (drawn) => {
      const { order, fill, postings } = play(drawn)
      const sign = drawn.side === 'sell' ? 1n : -1n
      const book = filledBook(order, fill.amount)
      const of = (account: string, asset: AssetCode) => balanceOf(postings, account, asset)
      expect(of(`conversion/bybit/${drawn.asset}`, 'KZT')).toBe(-book)
      expect(of('market/bybit', 'KZT')).toBe(0n)
      expect(of('market/bybit', drawn.asset)).toBe(sign * fill.amount)
      if (drawn.money === 'USDT') {
        expect(of('conversion/bybit/USDT', 'KZT')).toBe(book)
        expect(of('conversion_result/bybit', 'KZT')).toBe(0n)
        expect(of('market/bybit', 'USDT')).toBe(-sign * fill.worth)
      } else {
        const fees = of('exchange_fee/bybit', 'KZT')
        const received = of('programme_settlement/bybit/KZT', 'KZT')
        expect(received + fees).toBe(sign * fill.worth)
        expect(book - received).toBe(of('conversion_result/bybit', 'KZT') + fees)
      }
    }),
  )
})

test('the programme’s accounts change by what the exchange moved, fees included', () => {
  fc.assert(
    fc.property(scene, (drawn) => {
      const { fill, postings } = play(drawn)
      const sign = drawn.side === 'sell' ? 1n : -1n
      for (const asset of ['KZT', 'USDT', 'BTC', 'USDC'] as const) {
        const taken = fill.fees.reduce((sum, one) => {
          return one.asset === asset ? sum + one.amount : sum
        }, 0n)
        const given = asset === drawn.asset ? sign * fill.amount : 0n
        const got = asset === drawn.money ? sign * fill.worth : 0n
        const change = balanceOf(postings, `programme_settlement/bybit/${asset}`, asset)
        expect(change).toBe(got - given - taken)
        expect(balanceOf(postings, 'exchange_fee/bybit', asset)).toBe(taken)
      }
    }),
  )
})

test('every line is of something, between two accounts, and has a place of its own', () => {
  fc.assert(
    fc.property(scene, (drawn) => {
      const { postings } = play(drawn)
      const names = postings.map(({ journalId, line }) => `${journalId} ${line}`)
      expect(new Set(names).size).toBe(names.length)
      expect(names.every((name) => /^conversion(_money)?\/tv1 [1-9]$/.test(name))).toBe(true)
      expect(postings.every(({ amount }) => amount > 0n)).toBe(true)
      expect(postings.every((line) => line.debitAccount !== line.creditAccount)).toBe(true)
    }),
  )
})

const positions = fc.record({
  position: fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }).filter((one) => one !== 0n),
  book: fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
})

test('orders that take a position to nothing take its worth to nothing, however they cut it', () => {
  const cuts = fc.array(fc.bigInt({ min: 1n, max: 999n }), { maxLength: 9 })
  fc.assert(
    fc.property(positions, cuts, (start, shares) => {
      let { position, book } = start
      const take = (amount: bigint) => {
        book -= bookShare({ position, book }, amount)
        position -= position < 0n ? -amount : amount
      }
      for (const share of shares) {
        const amount = ((position < 0n ? -position : position) * share) / 1_000n
        if (amount > 0n) take(amount)
      }
      take(position < 0n ? -position : position)
      expect({ position, book }).toEqual({ position: 0n, book: 0n })
    }),
  )
})

test('a share is never more than the whole', () => {
  fc.assert(
    fc.property(
      positions,
      fc.bigInt({ min: 1n, max: 1_000n }),
      ({ position, book }, thousandth) => {
        const amount = ((position < 0n ? -position : position) * thousandth) / 1_000n
        const share = bookShare({ position, book }, amount)
        const rest = book - share
        expect(book < 0n ? share <= 0n && rest <= 0n : share >= 0n && rest >= 0n).toBe(true)
      },
    ),
  )
})

test('ten dollars booked at 4,700 tenge and sold for 4,690, of which the exchange keeps 4, lose 10 and cost 4', () => {
  const { postings } = play({
    side: 'sell',
    asset: 'USDT',
    money: 'KZT',
    ordered: 1_000_000_000n,
    filled: 1_000_000_000n,
    book: 470_000n,
    worth: 469_000n,
    fees: [{ asset: 'KZT', amount: amountOf('KZT', 400n) }],
  })
  expect(
    postings.map(({ journalId, asset, amount, debitAccount, creditAccount }) =>
      [journalId, asset, amount, debitAccount, creditAccount].join(' '),
    ),
  ).toEqual([
    'conversion/tv1 USDT 1000000000 market/bybit programme_settlement/bybit/USDT',
    'conversion_money/tv1 KZT 469000 programme_settlement/bybit/KZT market/bybit',
    'conversion_money/tv1 KZT 470000 market/bybit conversion/bybit/USDT',
    'conversion_money/tv1 KZT 1000 conversion_result/bybit market/bybit',
    'conversion_money/tv1 KZT 400 exchange_fee/bybit programme_settlement/bybit/KZT',
  ])
})
