import { expect, test } from 'vitest'
import { clearingIdOf } from './clearing-id.ts'

const digest = Buffer.alloc(32, 7)
const startedAt = Date.UTC(2026, 10, 22, 10)

test('the id of a record is a UUID version 7 of the file’s beginning, the same for ever', () => {
  const id = clearingIdOf({ digest, startedAt, place: 1 })
  expect(id).toMatch(/^clr_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(Number.parseInt(id.slice(4, 17).replace('-', ''), 16)).toBe(startedAt)
  expect(clearingIdOf({ digest, startedAt, place: 1 })).toBe(id)
})

test('another record, another file and another beginning have another id', () => {
  const ids = [
    clearingIdOf({ digest, startedAt, place: 1 }),
    clearingIdOf({ digest, startedAt, place: 2 }),
    clearingIdOf({ digest: Buffer.alloc(32, 8), startedAt, place: 1 }),
    clearingIdOf({ digest, startedAt: startedAt + 1, place: 1 }),
  ]
  expect(new Set(ids).size).toBe(ids.length)
})
