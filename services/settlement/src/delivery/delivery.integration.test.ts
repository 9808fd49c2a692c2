import { randomBytes } from 'node:crypto'
import { createLocalBus, createRedisBus } from '@tolem/redis/bus'
import { startRedisServer } from '@tolem/redis/server'
import { createLogger } from '@tolem/telemetry/logger'
import { createMetrics } from '@tolem/telemetry/metrics'
import { createTestDatabase } from '@tolem/testing/backends'
import { leaveOut } from '@tolem/testing/left-out'
import { authorizationEvent } from '@tolem/wire/inquiry'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { BANK } from '../testing/authorizer-side.ts'
import { type Behaviour, openBankReceiver, type Received } from '../testing/bank-receiver.ts'
import { listOwed, listReceived, present, typesOf } from '../testing/told.ts'
import { createWorld, openPostgres, QUICK } from '../testing/world.ts'
import { composeDelivery, type DeliveryDeps } from './compose.ts'
import { EVENT_STREAM } from './feeder.ts'

const database = await createTestDatabase()
const postgres = openPostgres(database.url)
const world = createWorld(postgres)

afterAll(async () => {
  await postgres.close()
  await database.drop()
})

/** Any transaction of the whole cluster may hold events up for a while. */
const PATIENT = { timeout: 25_000, interval: 10 }

const aSecret = () => `whsec_${randomBytes(32).toString('base64')}`

type Asked = {
  readonly behave?: (event: Received) => Behaviour
  readonly config?: Partial<DeliveryDeps['config']>
  readonly bus?: DeliveryDeps['bus']
  /** What the bank verifies by, and what it is sent by. */
  readonly secrets?: { readonly bank: string; readonly ours: string; readonly previous?: string }
}

/** A bank's receiver, and one instance that tells it. */
async function telling(asked: Asked = {}) {
  const { behave = () => 'take', config = {}, bus = createLocalBus() } = asked
  const only = aSecret()
  const { bank, ours, previous } = { bank: only, ours: only, ...asked.secrets }
  const receiver = await openBankReceiver(bank, behave)
  const metrics = createMetrics('settlement')
  const webhook = { url: receiver.url, secret: ours, ...(previous && { previousSecret: previous }) }
  const delivery = composeDelivery({
    config: { ...QUICK, LEASE_MS: 10_000, WEBHOOK_TIMEOUT_MS: 5_000, ...config },
    postgres,
    bus,
    programme: { banks: [{ id: BANK, webhook }] },
    readSecret: (reference) => reference,
    logger: createLogger({ service: 'settlement', level: 'silent' }),
    metrics,
    random: () => 0.5,
  })
  delivery.start()
  onTestFinished(async () => {
    await delivery.close()
    await receiver.close()
  })
  return { receiver, metrics, delivery }
}

test('a bank is told what happened, signed, in order, and the stream in the same bytes', async () => {
  const bus = createLocalBus()
  const { receiver } = await telling({ bus })
  const approved = await world.approved(world.bybit)
  await present(world.holds, approved, 250_000n)
  await world.reverse(approved)
  await expect
    .poll(() => typesOf(receiver.received, approved.id), PATIENT)
    .toEqual(['approved', 'cleared', 'reversed'])
  expect(receiver.forged()).toBe(0)
  const [first, second] = receiver.received.filter((one) => one.authorizationId === approved.id)
  expect(authorizationEvent.parse(JSON.parse(first?.bytes ?? ''))).toMatchObject({
    type: 'authorization.approved',
    id: `evt_${approved.id.slice(4)}_${first?.sequence}`,
    data: {
      cardToken: approved.cardToken,
      kind: 'authorization',
      billingAmount: { value: '12500.00', currency: 'KZT' },
      outcome: 'approved',
    },
  })
  expect(authorizationEvent.parse(JSON.parse(second?.bytes ?? '')).data.clearing).toMatchObject({
    outcome: 'cleared',
    amount: { value: '2500.00', currency: 'KZT' },
  })
  const streamed = async () =>
    (await bus.read(EVENT_STREAM, undefined, 10_000))
      .map(({ entry }) => entry)
      .filter((entry) => entry.includes(approved.id))
  await expect
    .poll(streamed, PATIENT)
    .toEqual(
      receiver.received
        .filter((one) => one.authorizationId === approved.id)
        .map(({ bytes }) => bytes),
    )
})

test('whatever a bank does, its events come again in the same bytes until it takes them, none overtaken', async () => {
  const failures: Behaviour[] = ['refuse', 'gone', 'trouble', 'redirect', 'hang', 'close']
  const failed = new Map<string, Set<Behaviour>>()
  const { receiver, metrics } = await telling({
    config: { WEBHOOK_TIMEOUT_MS: 300 },
    behave({ id }) {
      const met = failed.get(id) ?? new Set()
      const next = failures.find((one) => !met.has(one))
      failed.set(id, met.add(next ?? 'take'))
      return next ?? 'take'
    },
  })
  const approved = await world.approved(world.bybit)
  await world.reverse(approved)
  const told = () => typesOf(receiver.received, approved.id)
  await expect.poll(() => told().length, PATIENT).toBeGreaterThanOrEqual(14)
  await expect.poll(waitingRows, PATIENT).toBe(0)
  // More than seven times where a busy machine took an answer for late.
  const times = told().filter((type) => type === 'approved').length
  expect(times).toBeGreaterThanOrEqual(7)
  expect(told().slice(0, times)).toEqual(Array(times).fill('approved'))
  expect(new Set(told().slice(times))).toEqual(new Set(['reversed']))
  const bytes = new Set(
    receiver.received.filter((one) => one.authorizationId === approved.id).map((one) => one.bytes),
  )
  expect(bytes.size).toBe(2)
  const { text } = await metrics.expose()
  for (const outcome of ['refused', 'trouble', 'timeout', 'unreachable', 'delivered'])
    expect(text).toMatch(new RegExp(`event_deliveries_total\\{[^}]*outcome="${outcome}"`))
})

test('what was answered by 2xx is delivered, late, cut off or endless as the answer may be', async () => {
  const ways: Behaviour[] = ['take_late', 'take_and_close', 'flood']
  const { receiver } = await telling({ behave: ({ type }) => wayOf(type) })
  function wayOf(type: string): Behaviour {
    return ways[['approved', 'cleared', 'reversed'].indexOf(type.slice(14))] ?? 'take'
  }
  const approved = await world.approved(world.bybit)
  await present(world.holds, approved, 100n)
  await world.reverse(approved)
  await expect.poll(() => typesOf(receiver.received, approved.id).length, PATIENT).toBe(3)
  await expect.poll(waitingRows, PATIENT).toBe(0)
  expect(typesOf(receiver.received, approved.id)).toEqual(['approved', 'cleared', 'reversed'])
})

test('an authorization that a bank cannot take holds up no other, and is shown', async () => {
  const poisoned = await world.approved(world.bybit)
  const { receiver, metrics } = await telling({
    behave: ({ authorizationId }) => (authorizationId === poisoned.id ? 'hang' : 'take'),
    config: { WEBHOOKS_AT_ONCE: 2, WEBHOOK_ESCALATE_AFTER_MS: 1, WEBHOOK_TIMEOUT_MS: 300 },
  })
  await world.reverse(poisoned)
  const others = await Promise.all(Array.from({ length: 20 }, () => world.approved(world.bybit)))
  const toldOf = () => others.filter(({ id }) => typesOf(receiver.received, id).length > 0).length
  await expect.poll(toldOf, PATIENT).toBe(20)
  const seen = async () => (await metrics.expose()).text
  // More than one where a busy machine took another's answer for late.
  await expect.poll(seen, PATIENT).toMatch(/event_escalations_total\{[^}]*\} [1-9]\d*\b/)
  expect(new Set(typesOf(receiver.received, poisoned.id))).toEqual(new Set(['approved']))
  expect(receiver.mostAtOnce()).toBeLessThanOrEqual(2)
  await expect.poll(waitingRows, PATIENT).toBe(1)
  await postgres.run({ name: 'test-clear', text: 'DELETE FROM event_delivery' }, [])
})

test('a bank that was away is told all of it when it is back', async () => {
  let isAway = true
  const { receiver } = await telling({ behave: () => (isAway ? 'trouble' : 'take') })
  const many = await Promise.all(Array.from({ length: 30 }, () => world.approved(world.bybit)))
  await Promise.all(many.map((one) => world.reverse(one)))
  await expect.poll(() => receiver.received.length, PATIENT).toBeGreaterThan(10)
  isAway = false
  const told = () => many.map(({ id }) => [...new Set(typesOf(receiver.received, id))])
  await expect.poll(told, PATIENT).toEqual(many.map(() => ['approved', 'reversed']))
  await expect.poll(waitingRows, PATIENT).toBe(0)
})

test('while a secret is replaced a bank verifies by the old one or by the new one', async () => {
  const [older, newer] = [aSecret(), aSecret()]
  const secrets = { ours: newer, previous: older }
  for (const bank of [older, newer]) {
    const { receiver, delivery } = await telling({ secrets: { ...secrets, bank } })
    const { id } = await world.approved(world.bybit)
    await expect.poll(() => typesOf(receiver.received, id), PATIENT).toEqual(['approved'])
    expect(receiver.forged()).toBe(0)
    await delivery.close()
  }
})

test('signatures are those of the specification', async () => {
  const { Webhook } = await import('standardwebhooks')
  const webhook = new Webhook('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')
  const at = new Date(1_614_265_330_000)
  expect(webhook.sign('msg_p5jXN8AQM9LWM0D4loKWxJek', at, '{"test": 2432232314}')).toBe(
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  )
})

const redis = await startRedisServer()

test('while Redis is away the stream waits, and catches up', async (context) => {
  if (!redis)
    return leaveOut(context, 'no redis-server on this machine: apt-get install redis-server')
  const bus = createRedisBus({
    url: redis.url,
    keyPrefix: 'told:',
    commandTimeoutMs: 200,
    onFault: () => {},
  })
  onTestFinished(() => bus.close())
  await telling({ bus })
  await redis.stop()
  const approved = await Promise.all(Array.from({ length: 5 }, () => world.approved(world.bybit)))
  await expect.poll(() => bus.isConnected(), PATIENT).toBe(false)
  await Promise.all(approved.map((one) => world.reverse(one)))
  const again = await startRedisServer(Number(new URL(redis.url).port))
  onTestFinished(() => again?.stop())
  const owed = await listOwed(postgres)
  const streamed = async () => {
    const entries = await bus.read(EVENT_STREAM, undefined, 10_000).catch(() => [])
    const told = listReceived(entries.map(({ entry }) => JSON.parse(entry) as Received))
    return approved.map(({ id }) => told.get(id))
  }
  await expect.poll(streamed, PATIENT).toEqual(approved.map(({ id }) => owed.get(id)))
})

async function waitingRows(): Promise<number> {
  const text = 'SELECT count(*)::int AS waiting FROM event_delivery'
  const [row] = await postgres.run<{ waiting: number }>({ name: 'test-waiting', text }, [])
  return row?.waiting ?? 0
}
