import { expect, test } from 'vitest'
import { readTolerantly } from './tolerant-json.ts'

test('a comma behind the last member is passed over, and one inside a text is kept', () => {
  const read = readTolerantly('{"a":[1,2,],"b":"x,}\\",]",}')
  expect(read).toEqual({ a: ['1', '2'], b: 'x,}",]' })
  expect(readTolerantly('{"a":1,"b":"no end')).toBeUndefined()
})

test('a text of ten times the longest notice that never ends is read through once', () => {
  // Looking for its end from each quote anew would take a minute.
  expect(readTolerantly(`"${'\\"'.repeat(160_000)}`)).toBeUndefined()
})
