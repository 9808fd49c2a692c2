import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SEED } from '../setup/numbers.ts'
import { need } from '../support/own-parts.ts'
import { type SoakHouse, startSoakHouse } from './house.ts'
import { describeSoak } from './report.ts'
import { soak } from './soak.ts'

/** The short form of `npm run test:soak`: so much, that each part of it is used; wires are left to the long one. */
const PLAN = {
  seed: SEED,
  seconds: 6,
  rate: 15,
  faultEveryMs: 1_000,
  longestFreezeMs: 1_500,
  // Nobody measures speed here: the machine runs other tests meanwhile.
  budgetMs: 3_000,
  toleranceMs: 10_000,
}

/** Later than anything that the faults of this plan hold back. */
const NOT_FOUND_IS_FINAL_AFTER_MS = 4_000

let house: SoakHouse | undefined

beforeAll(async () => {
  const { budgetMs } = PLAN
  house = await startSoakHouse({
    budgetMs,
    notFoundIsFinalAfterMs: NOT_FOUND_IS_FINAL_AFTER_MS,
    hasWires: false,
  })
}, 120_000)

afterAll(() => house?.close())

test('with a fault each second bank, ledger and exchange tell one story, and nothing stays open', async (context) => {
  need(house, context)
  const soaked = await soak(house, PLAN)
  process.stdout.write(describeSoak(soaked, PLAN))
  expect(soaked.violations).toEqual([])
  expect(soaked.tally.authorizations).toBeGreaterThan(0)
  await rm(soaked.history)
}, 240_000)
