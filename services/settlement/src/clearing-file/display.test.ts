import { expect, test } from 'vitest'
import { createDisplay } from './display.ts'
import { EMPTY_TALLY } from './tally.ts'

/** Shows 1,000 records more every second for ten seconds. */
function showTenSeconds(isTerminal: boolean): string {
  let [written, now] = ['', 0]
  const write = (text: string) => {
    written += text
  }
  const display = createDisplay({ write, isTerminal }, () => now)
  for (; now <= 10_000; now += 50) display.show({ records: now, tally: EMPTY_TALLY })
  display.close()
  return written
}

test('on a terminal one line changes ten times a second, and is ended', () => {
  const written = showTenSeconds(true)
  expect(written.split('\r')).toHaveLength(1 + 101)
  expect(written).toMatch(/10000 records, 1000 a second\n$/)
  expect(written.match(/\n/g)).toHaveLength(1)
})

test('elsewhere a plain line is written every five seconds', () => {
  expect(showTenSeconds(false)).toBe('5000 records, 1000 a second\n10000 records, 1000 a second\n')
})
