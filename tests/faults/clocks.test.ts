import { afterAll, expect, test } from 'vitest'
import { SEED } from '../setup/numbers.ts'
import { clockTroubles, layClocks } from '../support/clock-troubles.ts'
import { need } from '../support/own-parts.ts'
import { ownWiredParts, payThroughTroubles } from '../support/wired-parts.ts'

const clocks = layClocks()
afterAll(clocks.remove)

const wired = ownWiredParts(1, clocks.environment)
const troubles = clockTroubles(clocks)

test(`clocks set wrong in ${troubles.length} ways: true answers in time, every credit, whole books`, {
  timeout: 300_000,
}, async (context) => {
  const own = wired.get()
  need(own, context)
  const run = { name: 'clocks', seed: SEED }
  expect(await payThroughTroubles(own, run, troubles)).toEqual([])
})
