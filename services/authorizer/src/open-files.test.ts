import { expect, test } from 'vitest'
import { connectionsThatFit } from './open-files.ts'

test('leaves files for the database and the exchanges where the system allows few', () => {
  expect(connectionsThatFit(4_000, 20_000)).toBe(4_000)
  expect(connectionsThatFit(4_000, 1_024)).toBe(896)
  expect(connectionsThatFit(100, 256)).toBe(100)
})

test('serves some banks whatever the system allows', () => {
  expect(connectionsThatFit(4_000, 64)).toBe(16)
  expect(connectionsThatFit(4_000, Number.POSITIVE_INFINITY)).toBe(4_000)
})
