import { randomUUID } from 'node:crypto'
import type { AuthorizationId, BankId, CardToken } from '@tolem/domain/ids'
import type { ClaimedDelivery } from '@tolem/events/deliveries'
import type { ToldEvent } from '@tolem/events/told'
import { createLogger } from '@tolem/telemetry/logger'
import { createMetrics } from '@tolem/telemetry/metrics'
import { expect, onTestFinished, test } from 'vitest'
import { deliver } from './deliver.ts'
import { createDeliverer } from './deliverer.ts'
import { createDeliveryMeters } from './meters.ts'
import type { Destination, Sent } from './webhook.ts'

const BANK = 'demo-bank' as BankId
const SLOTS = 8
const LEASE_MS = 10_000

const event: ToldEvent = {
  id: 'evt_1',
  kind: 'approved',
  authorizationId: 'aut_1' as AuthorizationId,
  sequence: 1,
  occurredAt: new Date(0),
  bank: BANK,
  about: { cardToken: 'ct_1' as CardToken, kind: 'authorization', type: 'purchase' },
}

const aDelivery = (events: readonly ToldEvent[] = [event]): ClaimedDelivery => ({
  destination: BANK,
  authorizationUuid: randomUUID(),
  events,
  lastSequence: 1,
  attempts: 1,
  epoch: '1',
})

/** A deliverer whose claims give these parts one after the other, and how many free slots each claim asked for. */
function delivering(parts: (() => readonly ClaimedDelivery[])[], clock: { now: number }) {
  const asked: number[] = []
  const faults: unknown[] = []
  const recorded = { kind: 'recorded', newlyEscalated: false } as const
  const refused: Sent = { kind: 'failed', outcome: 'trouble', detail: 'HTTP 503' }
  const destination: Destination = {
    bank: BANK,
    send: () => Promise.resolve(refused),
    close: () => Promise.resolve(),
  }
  const logger = createLogger({ service: 'settlement', level: 'silent' })
  const deps = {
    elapsed: () => clock.now,
    leaseMs: LEASE_MS,
    logger,
    deliveries: {
      advance: () => Promise.resolve(recorded),
      defer: () => Promise.resolve(recorded),
    },
    meters: createDeliveryMeters(createMetrics('settlement')),
    random: () => 0.5,
    backoff: { firstMs: 1, longestMs: 1 },
    escalateAfterMs: 1_000,
    timeoutMs: 1_000,
  }
  const deliverer = createDeliverer({
    ...deps,
    destinations: [destination],
    deliver: (delivery, lent) => deliver(deps, delivery, lent),
    deliveries: {
      handOn: () => Promise.resolve('all'),
      async claim([lane]) {
        asked.push(lane?.freeSlots ?? 0)
        return parts.shift()?.() ?? []
      },
    },
    onFault: (_step, error) => faults.push(error),
    atOnce: SLOTS,
    pollIntervalMs: 1,
  })
  deliverer.start()
  onTestFinished(() => deliverer.close(1_000))
  return { asked, faults }
}

test.each([
  ['its lease ran out first', [event], LEASE_MS],
  ['nothing of it was left', [], 0],
])('a sick destination that was told nothing is no healthier: %s', async (_, events, claimMs) => {
  const clock = { now: 0 }
  const untold = () => {
    clock.now += claimMs
    return [aDelivery(events)]
  }
  const refused = () => Array.from({ length: SLOTS }, () => aDelivery())
  const { asked, faults } = delivering([refused, untold], clock)
  await expect.poll(() => asked).toEqual([SLOTS])
  clock.now += 60_000
  await expect.poll(() => asked.length).toBeGreaterThan(3)
  expect(new Set(asked.slice(1))).toEqual(new Set([1]))
  expect(faults).toEqual([])
})
