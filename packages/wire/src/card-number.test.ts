import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findCardNumbers, holdsCardNumber } from './card-number.ts'

/** Public sandbox numbers of every scheme, 13 to 19 digits. */
const CARD_NUMBERS = [
  '4242424242424242',
  '4012888888881881',
  '4111111111111111',
  '4000056655665556',
  '4222222222222',
  '5555555555554444',
  '5105105105105100',
  '5200828282828210',
  '2223003122003222',
  '378282246310005',
  '371449635398431',
  '6011111111111117',
  '6011000990139424',
  '6011981111111113',
  '3056930009020004',
  '36227206271667',
  '30569309025904',
  '38520000023237',
  '3566002020360505',
  '3530111333300000',
  '6200000000000005',
  '6200000000000047',
  '6205500000000000004',
  '6555900000604105',
]

const WRITINGS: Readonly<Record<string, (digits: string) => string>> = {
  plain: (digits) => digits,
  'in groups of four by spaces': (digits) => digits.replace(/(\d{4})(?=\d)/g, '$1 '),
  'in groups of four by hyphens': (digits) => digits.replace(/(\d{4})(?=\d)/g, '$1-'),
  'in groups of four by points': (digits) => digits.replace(/(\d{4})(?=\d)/g, '$1.'),
  'in groups of four by no-break spaces': (digits) => digits.replace(/(\d{4})(?=\d)/g, '$1\u00a0'),
  'digit by digit': (digits) => digits.split('').join(' '),
  'in full-width digits': (digits) =>
    digits.replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit))),
  'inside words': (digits) => `card${digits}paid`,
  'after a house number': (digits) => `Abay 7 ${digits}`,
  'before an expiry': (digits) => `${digits} 1228`,
  'between two numbers': (digits) => `7-${digits.replace(/(\d{4})(?=\d)/g, '$1-')}-123`,
  'glued behind other digits': (digits) => `99${digits}`,
  'glued before other digits': (digits) => `${digits}99`,
  'twice in a row': (digits) => `${digits}${digits}`,
}

test.each(Object.entries(WRITINGS))('finds every card number written %s', (_name, write) => {
  expect(CARD_NUMBERS.filter((digits) => !holdsCardNumber(write(digits)))).toEqual([])
})

test.each([
  ['a number that fails the Luhn check', '4242424242424241'],
  ['twelve digits', '424242424242'],
  ['a retrieval reference number', '632600000001'],
  ['an instant', '2026-11-22T15:04:05.123456789Z'],
  ['a terminal’s date and time', '2026-11-22T15:04:05'],
  ['digits parted by two spaces', '42424242  42424242'],
  ['a merchant number filled with zeros', '000000012345678'],
  ['nothing', ''],
])('does not take %s for a card number', (_name, text) => {
  expect(holdsCardNumber(text)).toBe(false)
})

test('no UUID is taken for a card number, ours or a bank’s', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.constantFrom('', 'aut_', 'rev_', 'qte_', 'ct_'), (uuid, prefix) => {
      expect(holdsCardNumber(prefix + uuid)).toBe(false)
    }),
    { numRuns: 20_000 },
  )
})

test('numbers of up to twelve digits are never taken for a card number', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9]{0,12}$/), (digits) => {
      expect(holdsCardNumber(digits)).toBe(false)
    }),
  )
})

test('the pointer names the place by RFC 6901 and never holds the number', () => {
  const number = '4242424242424242'
  const value = {
    'a/b': { 'm~n': [1, number] },
    plain: `paid by ${number}`,
    [`key ${number}`]: 'x',
    digits: 4_242_424_242_424_242,
    inner: { [number]: number },
  }
  expect(findCardNumbers(value)).toEqual(['', '/a~1b/m~0n/1', '/plain', '/digits', '/inner'])
})

test('finds a card number at any depth', () => {
  let value: unknown = '4242424242424242'
  for (let depth = 0; depth < 5_000; depth += 1) value = [value]
  expect(findCardNumbers(value)).toHaveLength(1)
})
