import type { EventKind } from '@tolem/domain/hold'
import { createTestDatabase } from '@tolem/testing/backends'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { createDeliveries } from './deliveries.ts'
import { createEventStream } from './stream.ts'
import { anAuthorization, BANK, beginWriter, openPostgres, tell } from './testing/opened-outbox.ts'

const database = await createTestDatabase()
const postgres = openPostgres(database.url)
const deliveries = createDeliveries(postgres)
const stream = createEventStream(postgres)

afterAll(async () => {
  await postgres.close()
  await database.drop()
})

const LEASE_MS = 60_000

/** Any transaction of the whole cluster may hold the horizon up for a while. */
const PATIENT = { timeout: 20_000, interval: 10 }
const LANES = [{ destination: BANK, freeSlots: 10 }]

beforeEach(async () => {
  await run('DELETE FROM event_delivery')
  await run(`UPDATE event_reader
    SET read_xid = pg_current_xact_id(), read_sequence = 0, leased_until = '-infinity'`)
})

async function run<Row>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
  return postgres.run<Row>({ name: `test-${text.length}-${text.slice(0, 40)}`, text }, values)
}

/** What a bank gets now, by authorization, in the order in which it gets it. */
async function takeAll(): Promise<Record<string, number[]>> {
  await deliveries.handOn([BANK], 500)
  const taken: Record<string, number[]> = {}
  for (const delivery of await deliveries.claim(LANES, LEASE_MS)) {
    const sequences = delivery.events.map(({ sequence }) => sequence)
    taken[delivery.authorizationUuid] = sequences
    await deliveries.advance(delivery, sequences.at(-1) ?? delivery.lastSequence)
  }
  return taken
}

/** What the stream gets now. */
async function streamAll(): Promise<number[]> {
  const epoch = (await stream.claim(LEASE_MS)) ?? ''
  const part = await stream.next(epoch, 500)
  if (part === 'claim_lost') throw new Error('nobody else was there')
  await stream.advance(epoch, part.next, 0)
  return part.events.map(({ sequence }) => sequence)
}

/** What was taken since it was made, part by part: where one part ends is up to whatever else the cluster runs. */
function collecting() {
  const taken: Record<string, number[]> = {}
  const streamed: number[] = []
  return {
    async take() {
      for (const [uuid, sequences] of Object.entries(await takeAll()))
        taken[uuid] = [...(taken[uuid] ?? []), ...sequences]
      return taken
    },
    async stream() {
      streamed.push(...(await streamAll()))
      return streamed
    },
  }
}

/** Events that become visible together. */
async function tellTogether(uuid: string, ...kinds: EventKind[]): Promise<number[]> {
  const writer = await beginWriter(postgres)
  const sequences: number[] = []
  for (const kind of kinds) sequences.push(await writer.step((one) => tell(one, uuid, kind)))
  await writer.commit()
  return sequences
}

test('an event that commits after a later one is not lost', async () => {
  const [slow, quick] = [await anAuthorization(postgres.run), await anAuthorization(postgres.run)]
  const writer = await beginWriter(postgres)
  const first = await writer.step((one) => tell(one, slow))
  const second = await tell(postgres.run, quick)
  expect(await takeAll()).toEqual({})
  expect(await streamAll()).toEqual([])
  await writer.commit()
  const { take, stream: read } = collecting()
  await expect.poll(take, PATIENT).toEqual({ [slow]: [first], [quick]: [second] })
  await expect.poll(read, PATIENT).toEqual([first, second])
})

test('an event that was rolled back is told to nobody and holds nothing up', async () => {
  const [one, other] = [await anAuthorization(postgres.run), await anAuthorization(postgres.run)]
  const writer = await beginWriter(postgres)
  await writer.step((inside) => tell(inside, one))
  await writer.rollBack()
  const sequence = await tell(postgres.run, other)
  await expect.poll(streamAll, PATIENT).toEqual([sequence])
  expect(await takeAll()).toEqual({ [other]: [sequence] })
})

test('nothing of one authorization is told before what came before it, whichever transactions still run', async () => {
  const uuid = await anAuthorization(postgres.run)
  const older = await beginWriter(postgres)
  const between = await beginWriter(postgres)
  const younger = await beginWriter(postgres)
  // The horizon will stand at the one between: below the first event, and above the second.
  const first = await younger.step((one) => tell(one, uuid))
  await younger.commit()
  const second = await older.step((one) => tell(one, uuid))
  await older.commit()
  const told: number[] = []
  const streamed: number[] = []
  const take = async () => {
    told.push(...((await takeAll())[uuid] ?? []))
    streamed.push(...(await streamAll()))
    return told.length
  }
  await expect.poll(take, PATIENT).toBeGreaterThan(0)
  expect(told).toEqual([first, second])
  expect(streamed).toEqual([first, second])
  await between.commit()
  // Met again behind the horizon, under the same ids.
  await expect.poll(take, PATIENT).toBeGreaterThan(2)
  expect(new Set([...told, ...streamed])).toEqual(new Set([first, second]))
})

test('what waits is one row for an authorization, and nothing once it was taken', async () => {
  const uuid = await anAuthorization(postgres.run)
  const [first, second] = await tellTogether(uuid, 'declined', 'credited', 'debit_refused')
  await expect.poll(() => rows().then(({ length }) => length), PATIENT).toBe(1)
  expect(await takeAll()).toEqual({ [uuid]: [first, second] })
  expect(await rows()).toEqual([])
})

async function rows(): Promise<readonly unknown[]> {
  await deliveries.handOn([BANK], 500)
  return run('SELECT * FROM event_delivery')
}

test('what happens while a delivery is under way is delivered after it', async () => {
  const uuid = await anAuthorization(postgres.run)
  const first = await tell(postgres.run, uuid)
  await expect.poll(() => rows().then(({ length }) => length), PATIENT).toBe(1)
  const [delivery] = await deliveries.claim(LANES, LEASE_MS)
  const second = await tell(postgres.run, uuid)
  await deliveries.handOn([BANK], 500)
  if (!delivery) throw new Error('nothing was claimed')
  expect(await deliveries.advance(delivery, first)).toMatchObject({ kind: 'recorded' })
  await expect.poll(takeAll, PATIENT).toEqual({ [uuid]: [second] })
})

test('whoever lost a claim writes nothing, also where the row went and came again', async () => {
  const uuid = await anAuthorization(postgres.run)
  const first = await tell(postgres.run, uuid)
  await expect.poll(() => rows().then(({ length }) => length), PATIENT).toBe(1)
  const [stale] = await deliveries.claim(LANES, 0)
  const [fresh] = await deliveries.claim(LANES, LEASE_MS)
  if (!stale || !fresh) throw new Error('nothing was claimed')
  expect(await deliveries.advance(stale, first)).toEqual({ kind: 'claim_lost' })
  expect(await deliveries.advance(fresh, first)).toMatchObject({ kind: 'recorded' })
  const second = await tell(postgres.run, uuid)
  await expect.poll(() => rows().then(({ length }) => length), PATIENT).toBe(1)
  const [again] = await deliveries.claim(LANES, LEASE_MS)
  for (const lost of [stale, fresh]) {
    const deferral = { deliveredUpTo: second, delayMs: 0, detail: 'stale', escalateAfterMs: 0 }
    expect(await deliveries.defer(lost, deferral)).toEqual({ kind: 'claim_lost' })
    expect(await deliveries.advance(lost, second)).toEqual({ kind: 'claim_lost' })
  }
  expect(again?.events.map(({ sequence }) => sequence)).toEqual([second])
})

test('what fails for long is escalated once, and again only after it came further', async () => {
  const uuid = await anAuthorization(postgres.run)
  const [first, second] = await tellTogether(uuid, 'approved', 'cleared')
  await expect.poll(() => rows().then(({ length }) => length), PATIENT).toBe(1)
  const fail = async (escalateAfterMs: number, deliveredUpTo?: number) => {
    const [delivery] = await deliveries.claim(LANES, LEASE_MS)
    if (!delivery) throw new Error('nothing was claimed')
    return deliveries.defer(delivery, {
      deliveredUpTo,
      delayMs: 0,
      detail: 'answered 500',
      escalateAfterMs,
    })
  }
  expect(await fail(60_000)).toMatchObject({ newlyEscalated: false })
  expect(await fail(0)).toMatchObject({ newlyEscalated: true })
  expect(await fail(0)).toMatchObject({ newlyEscalated: false })
  const shown = await deliveries.summarize()
  expect(shown).toContainEqual(
    expect.objectContaining({ destination: BANK, pending: 1, escalated: 1 }),
  )
  expect(await fail(0, first)).toMatchObject({ newlyEscalated: false })
  expect(await fail(0)).toMatchObject({ newlyEscalated: true })
  const [delivery] = await deliveries.claim(LANES, LEASE_MS)
  expect(delivery?.events.map(({ sequence }) => sequence)).toEqual([second])
})

test('without a webhook what happens is passed over, and is not owed to one that comes later', async () => {
  const uuid = await anAuthorization(postgres.run)
  const before = await tell(postgres.run, uuid)
  await expect.poll(unreadByWebhooks, PATIENT).toBe(0)
  const after = await tell(postgres.run, uuid)
  await expect.poll(takeAll, PATIENT).toEqual({ [uuid]: [after] })
  expect(after).toBeGreaterThan(before)
})

async function unreadByWebhooks(): Promise<number> {
  await deliveries.handOn([], 500)
  const waiting = await deliveries.summarize()
  return waiting.find(({ destination }) => destination === 'webhooks')?.pending ?? 0
}

test('the stream is one instance’s, and a lost claim neither reads nor moves on', async () => {
  const uuid = await anAuthorization(postgres.run)
  const stale = (await stream.claim(0)) ?? ''
  const part = await stream.next(stale, 500)
  const fresh = (await stream.claim(LEASE_MS)) ?? ''
  expect(await stream.claim(LEASE_MS)).toBeUndefined()
  expect(await stream.next(stale, 500)).toBe('claim_lost')
  if (part === 'claim_lost') throw new Error('it was ours')
  expect(await stream.advance(stale, part.next, LEASE_MS)).toBe('claim_lost')
  await stream.release(stale)
  expect(await stream.claim(LEASE_MS)).toBeUndefined()
  const sequence = await tell(postgres.run, uuid)
  const read = async () => {
    const next = await stream.next(fresh, 500)
    return next === 'claim_lost' ? next : next.events.map((event) => event.sequence)
  }
  await expect.poll(read, PATIENT).toEqual([sequence])
  await stream.release(fresh)
})

test('more events than one part holds come in further parts, each of them once', async () => {
  const uuids = await Promise.all(Array.from({ length: 25 }, () => anAuthorization(postgres.run)))
  const writer = await beginWriter(postgres)
  for (const uuid of uuids) await writer.step((one) => tell(one, uuid))
  await writer.commit()
  const told: number[] = []
  const epoch = (await stream.claim(LEASE_MS)) ?? ''
  const readPart = async () => {
    const part = await stream.next(epoch, 10)
    if (part === 'claim_lost') throw new Error('nobody else was there')
    expect(part.events.length).toBeLessThanOrEqual(10)
    told.push(...part.events.map(({ sequence }) => sequence))
    await stream.advance(epoch, part.next, LEASE_MS)
    return told.length
  }
  await expect.poll(readPart, PATIENT).toBe(25)
  expect(told).toEqual(told.toSorted((left, right) => left - right))
  await stream.release(epoch)
})

test('after a restore into another cluster the readers refuse, and once told go on, with what came since', async () => {
  const uuid = await anAuthorization(postgres.run)
  const [delivered, owed] = [await tell(postgres.run, uuid), await tell(postgres.run, uuid)]
  const far = '900000000000'
  await run(
    `UPDATE authorization_event SET written_by = ($1::text)::xid8 WHERE authorization_id = $2`,
    [far, uuid],
  )
  await run(`UPDATE event_reader SET read_xid = ($1::text)::xid8, read_sequence = $2`, [far, owed])
  await expect(deliveries.handOn([BANK], 500)).rejects.toThrow(/event_readers_restore/)
  const epoch = (await stream.claim(0)) ?? ''
  await expect(stream.next(epoch, 500)).rejects.toThrow(/event_readers_restore/)
  const another = await anAuthorization(postgres.run)
  const since = await tell(postgres.run, another)
  const restore = async () =>
    (await run<{ owed: string }>('SELECT event_readers_restore() AS owed'))[0]?.owed
  expect(await restore()).toBe('2')
  await expect.poll(takeAll, PATIENT).toEqual({ [uuid]: [owed], [another]: [since] })
  await expect.poll(streamAll, PATIENT).toEqual([owed, since])
  expect(owed).toBeGreaterThan(delivered)
  expect(await restore()).toBe('0')
})
