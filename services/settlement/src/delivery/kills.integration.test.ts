import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createRedisBus } from '@tolem/redis/bus'
import { createTestDatabase, testRedis } from '@tolem/testing/backends'
import { createRandom } from '@tolem/testing/random'
import { afterAll, expect, inject, onTestFinished, test } from 'vitest'
import { type Accepted, BANK } from '../testing/authorizer-side.ts'
import { type Behaviour, openBankReceiver, type Received } from '../testing/bank-receiver.ts'
import type { DeliveryChild } from '../testing/delivery-child.ts'
import { listOwed, listReceived, present, typesOf } from '../testing/told.ts'
import { createWorld, openPostgres } from '../testing/world.ts'
import { EVENT_STREAM } from './feeder.ts'

/** How many authorizations are told of, and how often an instance is killed or stopped meanwhile. */
const AUTHORIZATIONS = inject('eventAuthorizations')
const MISFORTUNES = Math.max(5, Math.round(AUTHORIZATIONS / 10))
const SEED = inject('seed')

const database = await createTestDatabase()
const postgres = openPostgres(database.url)
const world = createWorld(postgres)
const redis = testRedis()
const secret = `whsec_${randomBytes(32).toString('base64')}`

afterAll(async () => {
  await postgres.close()
  await database.drop()
})

/** Any transaction of the whole cluster may hold events up for a while. */
const PATIENT = { timeout: 25_000 + AUTHORIZATIONS * 50, interval: 20 }

const FAILURES: Behaviour[] = ['refuse', 'gone', 'trouble', 'hang', 'close', 'take_late']

type Instance = { readonly child: ChildProcess; readonly end: () => Promise<void> }

function start(webhookUrl: string, crashAt?: string): Instance {
  const told: DeliveryChild = {
    databaseUrl: database.url,
    bank: BANK,
    webhookUrl,
    secret,
    redis,
    crashAt,
  }
  const child = fork(join(import.meta.dirname, '../testing/delivery-child.ts'), [
    JSON.stringify(told),
  ])
  const dead = once(child, 'exit')
  return {
    child,
    async end() {
      child.kill('SIGKILL')
      await dead
    },
  }
}

async function openReceiver(behave: (event: Received) => Behaviour) {
  const receiver = await openBankReceiver(secret, behave)
  onTestFinished(() => receiver.close())
  return receiver
}

test(`every event arrives, in order, in the same bytes, however often instances are killed (seed ${SEED})`, {
  timeout: 120_000 + AUTHORIZATIONS * 100,
}, async () => {
  const random = createRandom(SEED)
  const receiver = await openReceiver(() =>
    random() < 0.25 ? (FAILURES[Math.floor(random() * FAILURES.length)] ?? 'hang') : 'take',
  )
  const instances = [start(receiver.url), start(receiver.url)]
  const living = { isOver: false }
  const misfortunes = (async () => {
    for (let count = 0; count < MISFORTUNES || !living.isOver; count += 1) {
      await meetMisfortune(instances, random, receiver.url)
      if (count >= MISFORTUNES) await delay(50)
    }
  })()
  await Promise.all(Array.from({ length: 8 }, () => live(AUTHORIZATIONS / 8, random)))
  living.isOver = true
  await misfortunes
  const owed = await listOwed(postgres)
  await expect.poll(() => listReceived(receiver.received), PATIENT).toEqual(owed)
  await expect.poll(waitingRows, PATIENT).toBe(0)
  await Promise.all(instances.map(({ end }) => end()))
  expectSameBytes(receiver.received)
  expect(receiver.forged()).toBe(0)
  if (redis) await expectStreamed(owed)
  const events = [...owed.values()].flat().length
  process.stdout.write(
    `${events} events of ${owed.size} authorizations received ${receiver.received.length} times, ` +
      `${MISFORTUNES} or more kills and stops, seed ${SEED}\n`,
  )
})

test('an instance that was stopped for longer than its lease does no harm when it goes on', async () => {
  let isFirst = true
  const seen = Promise.withResolvers<void>()
  const receiver = await openReceiver(({ type }) => {
    if (type !== 'authorization.approved' || !isFirst) return 'take'
    isFirst = false
    seen.resolve()
    return 'take_late'
  })
  const stopped = start(receiver.url)
  const approved = await world.approved(world.bybit)
  await present(world.holds, approved, 100n)
  await seen.promise
  // Its first event is under way; the answer will come while it is stopped.
  stopped.child.kill('SIGSTOP')
  const other = start(receiver.url)
  await world.reverse(approved)
  const told = () => [...new Set(typesOf(receiver.received, approved.id))]
  await expect.poll(told, PATIENT).toEqual(['approved', 'cleared', 'reversed'])
  await expect.poll(waitingRows, PATIENT).toBe(0)
  const before = receiver.received.length
  stopped.child.kill('SIGCONT')
  const next = await world.approved(world.bybit)
  await expect.poll(() => typesOf(receiver.received, next.id), PATIENT).toContain('approved')
  await expect.poll(waitingRows, PATIENT).toBe(0)
  await Promise.all([stopped.end(), other.end()])
  const late = receiver.received.slice(before).filter((one) => one.authorizationId === approved.id)
  expect(late).toEqual([])
  expectSameBytes(receiver.received)
})

test.each(['deliver.after_claim', 'deliver.after_send'])(
  'what died at %s is delivered by its successor',
  async (crashAt) => {
    const receiver = await openReceiver(() => 'take')
    const dying = start(receiver.url, crashAt)
    const dead = once(dying.child, 'exit')
    const { id } = await world.approved(world.bybit)
    expect(await dead).toEqual([null, 'SIGKILL'])
    expect(typesOf(receiver.received, id).length).toBe(crashAt === 'deliver.after_send' ? 1 : 0)
    const successor = start(receiver.url)
    await expect.poll(waitingRows, PATIENT).toBe(0)
    await successor.end()
    const told = typesOf(receiver.received, id)
    expect(told.length).toBeGreaterThanOrEqual(crashAt === 'deliver.after_send' ? 2 : 1)
    expect(new Set(told)).toEqual(new Set(['approved']))
    expectSameBytes(receiver.received)
  },
)

/** Some authorizations, one after the other, with a random life each. */
async function live(count: number, random: () => number): Promise<void> {
  const open: Accepted[] = []
  for (let index = 0; index < count; index += 1) {
    const approved = await world.approved(world.bybit)
    open.push(approved)
    const one = open[Math.floor(random() * open.length)] ?? approved
    for (let part = 0; part < random() * 3; part += 1) await present(world.holds, one, 100n)
    if (random() < 0.4) await world.reverse(open.splice(open.indexOf(one), 1)[0] ?? one)
    await delay(random() * 60)
  }
}

/** Kills one of the instances and starts another in its place, or stops it for a while. */
async function meetMisfortune(
  instances: Instance[],
  random: () => number,
  url: string,
): Promise<void> {
  const index = random() < 0.5 ? 0 : 1
  const victim = instances[index]
  await delay(100 + random() * 300)
  if (!victim) return
  if (random() < 0.5) {
    await victim.end()
    instances[index] = start(url)
    return
  }
  victim.child.kill('SIGSTOP')
  // Now and then for longer than the lease.
  await delay(random() * 1_200)
  victim.child.kill('SIGCONT')
}

function expectSameBytes(received: readonly Received[]): void {
  const byId = Map.groupBy(received, ({ id }) => id)
  const several = [...byId.values()].filter(
    (times) => new Set(times.map(({ bytes }) => bytes)).size > 1,
  )
  expect(several).toEqual([])
}

async function expectStreamed(owed: ReadonlyMap<string, readonly number[]>): Promise<void> {
  if (!redis) return
  const { url, prefix: keyPrefix } = redis
  const bus = createRedisBus({ url, keyPrefix, commandTimeoutMs: 5_000, onFault: () => {} })
  await expect.poll(() => bus.isConnected(), PATIENT).toBe(true)
  const entries = await bus.read(EVENT_STREAM, undefined, 1_000_000)
  await bus.close()
  expect(listReceived(entries.map(({ entry }) => JSON.parse(entry) as Received))).toEqual(owed)
}

async function waitingRows(): Promise<number> {
  const text = `
    SELECT count(*)::int + (
      SELECT count(*)::int
      FROM event_reader AS reader
      JOIN authorization_event AS unread
        ON unread.written_by > '0'::xid8
        AND (unread.written_by, unread.sequence) >= (reader.read_xid, reader.read_sequence)
    ) AS waiting
    FROM event_delivery`
  const [row] = await postgres.run<{ waiting: number }>({ name: 'test-waiting', text }, [])
  return row?.waiting ?? 0
}
