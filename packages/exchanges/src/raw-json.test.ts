import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseJson } from './json.ts'
import { bareNumber } from './raw-json.ts'

test('a bare number keeps every digit that was written, and is read back as them', () => {
  const body = JSON.stringify({ id: bareNumber('205638372306477056'), a: bareNumber('0.10000000') })
  expect(body).toBe('{"id":205638372306477056,"a":0.10000000}')
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 38n }), (id) => {
      expect(parseJson(JSON.stringify([bareNumber(id.toString())]))).toEqual([id.toString()])
    }),
  )
})

test.each(['', '-1', '01', '1e3', '"1"', '1,"a":2', 'NaN'])('%j is no number', (text) => {
  expect(() => bareNumber(text)).toThrow(SyntaxError)
})
