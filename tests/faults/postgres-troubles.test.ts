import { leaveOut } from '@tolem/testing/left-out'
import { expect, test } from 'vitest'
import { ALL_FAULTS, SEED } from '../setup/numbers.ts'
import { DATABASE_TROUBLES, MORE_DATABASE_TROUBLES } from '../support/database-troubles.ts'
import { diskTroubles } from '../support/disk-troubles.ts'
import { need } from '../support/own-parts.ts'
import { ownWiredParts, payThroughTroubles } from '../support/wired-parts.ts'

const TROUBLES = [...DATABASE_TROUBLES, ...(ALL_FAULTS ? MORE_DATABASE_TROUBLES : [])]
const DISK_TROUBLES = ALL_FAULTS ? diskTroubles() : []

const wired = ownWiredParts(1 + DISK_TROUBLES.length)

test(`PostgreSQL in ${TROUBLES.length} kinds of trouble under load: true answers in time, whole books`, {
  timeout: 600_000,
}, async (context) => {
  const own = wired.get()
  need(own, context)
  const run = { name: 'PostgreSQL in trouble', seed: SEED }
  expect(await payThroughTroubles(own, run, TROUBLES)).toEqual([])
})

test.for(DISK_TROUBLES)(
  'PostgreSQL with $name under load: true answers in time, whole books',
  {
    timeout: 600_000,
  },
  async ({ name, lacks, troubles }, context) => {
    const own = wired.get()
    need(own, context)
    if (lacks !== undefined) return leaveOut(context, `this machine lacks ${lacks}`)
    expect(await payThroughTroubles(own, { name, seed: SEED }, troubles)).toEqual([])
  },
)
