import { amountOf } from '@tolem/money/amount'
import { CRYPTO_ASSETS } from '@tolem/money/asset'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ledgerStep, readCoins, wholeSteps, writeCoins } from './coins.ts'

test('amounts are written without zeros at their end, and read exactly, however many zeros stand at their end', () => {
  const amounts = fc.bigInt({ min: 0n, max: 10n ** 38n - 1n })
  fc.assert(
    fc.property(fc.constantFrom(...CRYPTO_ASSETS), amounts, fc.nat(10), (asset, units, zeros) => {
      const amount = amountOf(asset, units)
      const written = writeCoins(asset, amount)
      expect(written).not.toMatch(/\..*0$|\.$/)
      const tail = `${written.includes('.') ? '' : '.'}0${'0'.repeat(zeros)}`
      expect(readCoins(asset, written)).toBe(amount)
      expect(readCoins(asset, written + tail)).toBe(amount)
      const movable = wholeSteps(asset, amount)
      expect([movable % ledgerStep(asset), amount - movable < ledgerStep(asset)]).toEqual([
        0n,
        true,
      ])
    }),
  )
})

test('what is no decimal text, or finer than we count, is no amount', () => {
  const texts = [
    '',
    '.',
    '.5',
    '5.',
    '1.5.3',
    '1.5.0',
    '01',
    '1e3',
    '-1',
    '+1',
    ' 1',
    '1,5',
    '1.123456789',
    '1.000000001',
    '١',
  ]
  expect(texts.filter((text) => readCoins('USDT', text) !== undefined)).toEqual([])
})
