import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Bus } from './bus.ts'
import { RedisFault } from './fault.ts'

/** Two users of one bus, and a way to let time pass for it. */
export type BusWorld = {
  readonly bus: Bus
  readonly other: Bus
  readonly letPass: (ms: number) => void
}

type Promised = { readonly guarantee: string; readonly check: (world: BusWorld) => Promise<void> }

/** What every bus promises, whatever carries it. */
export const BUS_CONTRACT: readonly Promised[] = [
  {
    guarantee: 'a message reaches every subscriber of its channel, in order, and nobody else',
    check: async ({ bus, other }) => {
      const [first, second, elsewhere] = [
        await listenTo(bus),
        await listenTo(other),
        await listenTo(bus, 'b'),
      ]
      for (const message of ['one', 'two', 'төлем']) await other.publish('a', message)
      await other.publish('b', 'last')
      await until(() => elsewhere.length === 1 && first.length === 3 && second.length === 3)
      assert.deepEqual(first, ['one', 'two', 'төлем'])
      assert.deepEqual(second, first)
      assert.deepEqual(elsewhere, ['last'])
    },
  },
  {
    guarantee: 'a message is never heard before the call that published it has returned',
    check: async ({ bus }) => {
      const heard = await listenTo(bus)
      const published = bus.publish('a', 'one')
      assert.deepEqual(heard, [])
      await published
      await until(() => heard.length === 1)
    },
  },
  {
    guarantee: 'a closed subscription hears nothing more, and its neighbour goes on',
    check: async ({ bus }) => {
      const heard: string[] = []
      const subscription = await bus.subscribe('a', (message) => heard.push(message), failOnGap)
      const neighbour = await listenTo(bus)
      await subscription.close()
      await bus.publish('a', 'one')
      await until(() => neighbour.length === 1)
      assert.deepEqual(heard, [])
    },
  },
  {
    guarantee: 'a value is there for its time and no longer, and the last put counts',
    check: async ({ bus, other, letPass }) => {
      assert.equal(await bus.get('key'), undefined)
      await bus.put('key', 'one', 60_000)
      await bus.put('key', 'two', 150)
      assert.equal(await other.get('key'), 'two')
      letPass(150)
      await until(async () => (await other.get('key')) === undefined)
    },
  },
  {
    guarantee: 'a stream keeps what was appended, in order, for whoever reads on from a place',
    check: async ({ bus, other }) => {
      assert.deepEqual(await bus.read('s', undefined, 10), [])
      await bus.append('s', ['one', 'two'], 1_000)
      await other.append('s', ['төлем'], 1_000)
      await bus.append('s', [], 1_000)
      const first = await other.read('s', undefined, 2)
      assert.deepEqual(
        first.map(({ entry }) => entry),
        ['one', 'two'],
      )
      const rest = await bus.read('s', first[1]?.place, 10)
      assert.deepEqual(
        rest.map(({ entry }) => entry),
        ['төлем'],
      )
      assert.deepEqual(await bus.read('s', rest[0]?.place, 10), [])
    },
  },
  {
    guarantee: 'a stream forgets its oldest entries, so that it never grows without bound',
    check: async ({ bus }) => {
      const entries = Array.from({ length: 1_000 }, (_, index) => `${index}`)
      await bus.append('s', entries, 10)
      const kept = await bus.read('s', undefined, 1_000)
      assert(kept.length >= 10 && kept.length < 500, `${kept.length} are kept`)
      assert.equal(kept.at(-1)?.entry, '999')
    },
  },
  {
    guarantee: 'a closed bus is not connected, and refuses with a fault whatever is asked',
    check: async ({ bus }) => {
      assert.equal(bus.isConnected(), true)
      await bus.close()
      await bus.close()
      assert.equal(bus.isConnected(), false)
      const isFault = (error: unknown): boolean => error instanceof RedisFault
      await assert.rejects(bus.publish('a', 'one'), isFault)
      await assert.rejects(
        bus.subscribe('a', () => {}, failOnGap),
        isFault,
      )
      await assert.rejects(bus.put('key', 'one', 1_000), isFault)
      await assert.rejects(bus.get('key'), isFault)
      await assert.rejects(bus.append('s', ['one'], 10), isFault)
      await assert.rejects(bus.read('s', undefined, 1), isFault)
    },
  },
]

async function listenTo(bus: Bus, channel = 'a'): Promise<string[]> {
  const heard: string[] = []
  await bus.subscribe(channel, (message) => heard.push(message), failOnGap)
  return heard
}

function failOnGap(): void {
  assert.fail('a gap without a lost connection')
}

const PATIENCE_MS = 5_000

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  while (!(await isTrue())) {
    assert(performance.now() < deadline, 'waited in vain')
    await nextTurn()
  }
}
