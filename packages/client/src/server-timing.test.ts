import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseServerTiming } from './server-timing.ts'

test('reads every stage that has a duration, also beside descriptions that hold commas', () => {
  const field = 'verify;dur=0.21, accept;desc="group, of 3; dur=9";dur=1.9, cache, total;dur=24'
  expect(parseServerTiming(field)).toEqual([
    { name: 'verify', durationMs: 0.21 },
    { name: 'accept', durationMs: 1.9 },
    { name: 'total', durationMs: 24 },
  ])
})

test('gives nothing for an absent field and leaves out what is no duration', () => {
  expect(parseServerTiming(undefined)).toEqual([])
  expect(parseServerTiming('a;dur=, b;dur=fast, c;dur=-1, d')).toEqual([])
})

test('never throws and never gives a duration that is not a finite number', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), (field) => {
      for (const stage of parseServerTiming(field))
        expect(stage.durationMs).toBeGreaterThanOrEqual(0)
    }),
  )
})
