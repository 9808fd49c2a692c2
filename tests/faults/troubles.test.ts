import { expect, test } from 'vitest'
import { ALL_FAULTS, SEED } from '../setup/numbers.ts'
import { need } from '../support/own-parts.ts'
import {
  AUTHORIZER_PAUSES,
  aStoppedRedis,
  EXCHANGE_TROUBLES,
  MORE_EXCHANGE_TROUBLES,
  PAUSES,
  REDIS_TROUBLES,
} from '../support/wire-troubles.ts'
import { ownWiredParts, payThroughTroubles } from '../support/wired-parts.ts'

const EXCHANGE = [...EXCHANGE_TROUBLES, ...(ALL_FAULTS ? MORE_EXCHANGE_TROUBLES : [])]
const REST = [...REDIS_TROUBLES, ...(ALL_FAULTS ? [...PAUSES, aStoppedRedis()] : [])]

const wired = ownWiredParts(3)

test(`the way to exchanges broken in ${EXCHANGE.length} ways: true answers in time, whole books`, async (context) => {
  const own = wired.get()
  need(own, context)
  const run = { name: 'the way to exchanges', seed: SEED }
  expect(await payThroughTroubles(own, run, EXCHANGE)).toEqual([])
}, 300_000)

test(`Redis in trouble, or processes that stand still, ${REST.length} in all: true answers in time`, {
  timeout: 300_000,
}, async (context) => {
  const own = wired.get()
  need(own, context)
  const run = { name: 'Redis and pauses', seed: SEED }
  expect(await payThroughTroubles(own, run, REST)).toEqual([])
})

test('the authorizer stopped and continued under load: what is late approves nothing', async (context) => {
  const own = wired.get()
  need(own, context)
  const pauses = ALL_FAULTS ? AUTHORIZER_PAUSES : AUTHORIZER_PAUSES.slice(1, 2)
  const run = { name: 'authorizer pauses', seed: SEED, stopsUs: true }
  expect(await payThroughTroubles(own, run, pauses)).toEqual([])
}, 180_000)
