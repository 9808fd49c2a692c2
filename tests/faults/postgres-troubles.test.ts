import { expect, test } from 'vitest'
import { ALL_FAULTS, SEED } from '../setup/numbers.ts'
import { DATABASE_TROUBLES, MORE_DATABASE_TROUBLES } from '../support/database-troubles.ts'
import { diskTroubles } from '../support/disk-troubles.ts'
import { ownWiredParts, payThroughTroubles } from '../support/wired-parts.ts'

const TROUBLES = [
  ...DATABASE_TROUBLES,
  ...(ALL_FAULTS ? [...MORE_DATABASE_TROUBLES, ...diskTroubles()] : []),
]

const wired = ownWiredParts(1)

test(`PostgreSQL in ${TROUBLES.length} kinds of trouble under load: true answers in time, whole books`, async () => {
  const own = wired.get()
  if (!own) return
  const run = { name: 'PostgreSQL in trouble', seed: SEED }
  expect(await payThroughTroubles(own, run, TROUBLES)).toEqual([])
}, 600_000)
