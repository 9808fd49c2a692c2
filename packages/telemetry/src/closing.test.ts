import { expect, test } from 'vitest'
import { closeInOrder } from './closing.ts'
import { createLogger } from './logger.ts'

test('closes in order, and leaves behind what hangs or fails', async () => {
  const written: string[] = []
  const logger = createLogger({
    service: 'tried',
    level: 'warn',
    destination: { write: (line) => void written.push(JSON.parse(line).part) },
  })
  const closed: string[] = []
  await closeInOrder(
    [
      { name: 'first', withinMs: 1_000, close: async () => closed.push('first') },
      { name: 'hangs', withinMs: 5, close: () => new Promise(() => {}) },
      { name: 'fails', withinMs: 1_000, close: () => Promise.reject(new Error('gone')) },
      { name: 'last', withinMs: 1_000, close: async () => closed.push('last') },
    ],
    logger,
  )
  expect(closed).toEqual(['first', 'last'])
  expect(written).toEqual(['hangs', 'fails'])
})
