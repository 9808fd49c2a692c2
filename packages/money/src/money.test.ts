import fc from 'fast-check'
import { expect, test } from 'vitest'
import { add, amountOf, formatAmount, parseAmount, subtract } from './amount.ts'
import { ASSETS, type AssetCode, CRYPTO_ASSETS } from './asset.ts'
import { cryptoToTenge, shareOf, tengeToCrypto } from './convert.ts'
import {
  crossRate,
  distanceInBasisPoints,
  lowerRate,
  midRate,
  parseRate,
  type Rate,
} from './rate.ts'

const assets = fc.constantFrom(...(Object.keys(ASSETS) as AssetCode[]))
const minorUnits = fc.bigInt({ min: 0n, max: 10n ** 30n })
const cryptos = fc.constantFrom(...CRYPTO_ASSETS)
const rates = fc
  .tuple(fc.integer({ min: 1, max: 99_999_999 }), fc.integer({ min: 0, max: 999_999 }))
  .map(([whole, fraction]) => `${whole}.${String(fraction).padStart(6, '0')}` as Rate)

test('an amount survives being written and read', () => {
  fc.assert(
    fc.property(assets, minorUnits, (asset, units) => {
      const amount = amountOf(asset, units)
      expect(parseAmount(asset, formatAmount(asset, amount))).toEqual({ ok: true, value: amount })
    }),
  )
})

test.each([
  ['', 'malformed'],
  ['-1.00', 'malformed'],
  ['+1', 'malformed'],
  ['1e3', 'malformed'],
  ['01.00', 'malformed'],
  ['1,000.00', 'malformed'],
  ['1.', 'malformed'],
  ['.5', 'malformed'],
  [' 1.00', 'malformed'],
  ['1.00\n', 'malformed'],
  ['１.00', 'malformed'],
  ['NaN', 'malformed'],
  ['1.005', 'too_many_decimals'],
  ['9'.repeat(40), 'too_large'],
  ['9'.repeat(4000), 'too_large'],
])('refuses %j as tenge: %s', (text, reason) => {
  expect(parseAmount('KZT', text)).toEqual({ ok: false, reason })
})

test('sums are exact and never negative', () => {
  const tenge = (units: bigint) => amountOf('KZT', units)
  expect(add(tenge(2n ** 80n), tenge(1n))).toBe(2n ** 80n + 1n)
  expect(subtract(tenge(5n), tenge(5n))).toBe(0n)
  expect(() => subtract(tenge(5n), tenge(6n))).toThrow(RangeError)
  expect(() => amountOf('KZT', -1n)).toThrow(RangeError)
})

test.each(['0', '0.000', '-1', 'NaN', 'Infinity', '1e-30', '', '1,5', '0.0000000000000000001'])(
  'refuses %j as a rate',
  (text) => {
    expect(parseRate(text)).toBeUndefined()
  },
)

test('the crypto debited covers the tenge, and by less than one step more', () => {
  fc.assert(
    fc.property(
      cryptos,
      fc.bigInt({ min: 1n, max: 10n ** 12n }),
      rates,
      fc.constantFrom(1n, 100n, 10_000n),
      (asset, tiyn, rate, step) => {
        const tenge = amountOf('KZT', tiyn)
        const crypto = tengeToCrypto(tenge, { asset, rate, step, rounding: 'against_cardholder' })
        const worth = (units: bigint) =>
          cryptoToTenge(amountOf(asset, units), { asset, rate, rounding: 'against_programme' })
        expect(crypto % step).toBe(0n)
        expect(worth(crypto) >= tenge).toBe(true)
        expect(worth(crypto - step) <= tenge).toBe(true)
      },
    ),
  )
})

test('converts a known purchase to the last unit', () => {
  const rate = parseRate('471.83') as Rate
  const paid = tengeToCrypto(amountOf('KZT', 1_250_000n), {
    asset: 'USDT',
    rate,
    step: 100n,
    rounding: 'against_cardholder',
  })
  expect(formatAmount('USDT', paid)).toBe('26.49259300')
})

test('rates cross, meet in the middle, are lowered and compared exactly', () => {
  const rate = (text: string) => parseRate(text) as Rate
  expect(crossRate(rate('90000.5'), rate('474.20'))).toBe('42678237.1')
  expect(midRate(rate('474.10'), rate('474.30'))).toBe('474.2')
  expect(lowerRate(rate('474.20'), 50)).toBe('471.829')
  expect(distanceInBasisPoints(rate('101'), rate('100'))).toBe(100)
  expect(() => lowerRate(rate('1'), 10_000)).toThrow(RangeError)
})

test('a share is rounded the way that its name says', () => {
  const amount = amountOf('KZT', 333n)
  expect(shareOf('KZT', { amount, basisPoints: 100, rounding: 'against_cardholder' })).toBe(4n)
  expect(shareOf('KZT', { amount, basisPoints: 100, rounding: 'against_programme' })).toBe(3n)
})
