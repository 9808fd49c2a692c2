import assert from 'node:assert'
import * as fc from 'fast-check'
import { expect, onTestFinished, test, vi } from 'vitest'
import { PostgresFault } from './fault.ts'
import {
  createGroupCommit,
  type GroupCommitOptions,
  QueueFull,
  WaitedTooLong,
} from './group-commit.ts'

type Item = { readonly id: number; readonly key: string; readonly bad: boolean }

const LOCKED = { code: 'lock_timeout', maybeCommitted: false } as const
const LOST = { code: 'unavailable', maybeCommitted: true } as const
const DOWN = { code: 'unavailable', maybeCommitted: false } as const

/** A run that commits an item by writing it down, a batch at a time, whole or not at all. */
function aRunner(schedule: <T>(work: Promise<T>) => Promise<T> = (work) => work) {
  const committed: Item[] = []
  const batches: (readonly Item[])[] = []
  const runningKeys = new Set<string>()
  async function run(items: readonly Item[]): Promise<readonly string[]> {
    batches.push(items)
    const keys = new Set(items.map((item) => item.key))
    assert(keys.size === items.length, 'two items of one key in a batch')
    for (const key of keys) assert(!runningKeys.has(key), 'one key in two running batches')
    for (const key of keys) runningKeys.add(key)
    await schedule(Promise.resolve())
    for (const key of keys) runningKeys.delete(key)
    if (items.some((item) => item.bad)) throw new PostgresFault('bad item', LOCKED)
    committed.push(...items)
    return items.map((item) => `result ${item.id}`)
  }
  return { run, committed, batches }
}

function anItem(id: number, details: Partial<Item> = {}): Item {
  return { id, key: `key ${id}`, bad: false, ...details }
}

function aGroupCommit(options: Partial<GroupCommitOptions<Item, string>>) {
  const { run } = aRunner()
  return createGroupCommit<Item, string>({ run, maxBatch: 100, maxQueued: 100, ...options })
}

const items = fc
  .array(fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), bad: fc.boolean() }), {
    maxLength: 40,
  })
  .map((list): Item[] => list.map((item, id) => ({ id, ...item })))

test('every item gets its own answer exactly once, in the order of its key, and a bad one fails alone', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      items,
      fc.record({
        maxBatch: fc.integer({ min: 1, max: 7 }),
        lanes: fc.integer({ min: 1, max: 4 }),
      }),
      async (scheduler, items, sizes) => {
        const runner = aRunner((work) => scheduler.schedule(work))
        const group = createGroupCommit<Item, string>({
          run: runner.run,
          ...sizes,
          maxQueued: 100,
          conflictKeys: (item) => [item.key],
        })
        const submitted: Item[] = []
        async function submitSometime(item: Item): Promise<string> {
          await scheduler.schedule(Promise.resolve())
          submitted.push(item)
          return group.submit(item)
        }
        const answers = Promise.allSettled(items.map(submitSometime))
        await scheduler.waitIdle()
        for (const [index, answer] of (await answers).entries()) {
          const { id, bad } = items[index] as Item
          if (bad) expect(answer).toMatchObject({ status: 'rejected', reason: LOCKED })
          else expect(answer).toEqual({ status: 'fulfilled', value: `result ${id}` })
        }
        expect(idsByKey(runner.committed)).toEqual(idsByKey(submitted.filter((item) => !item.bad)))
        for (const batch of runner.batches) expect(batch.length).toBeLessThanOrEqual(sizes.maxBatch)
        expect(group.queued()).toBe(0)
      },
    ),
  )
})

function idsByKey(list: readonly Item[]): Map<string, number[]> {
  const sorted = Map.groupBy(list, (item) => item.key)
  return new Map(
    ['a', 'b', 'c', 'd', 'e'].map((key) => [key, (sorted.get(key) ?? []).map((item) => item.id)]),
  )
}

test('an item with several keys waits for each of them and is waited for', async () => {
  const sizes: number[] = []
  const order: number[] = []
  const group = createGroupCommit<{ id: number; keys: string[] }, number>({
    run: async (items) => {
      await Promise.resolve()
      order.push(...items.map((item) => item.id))
      return items.map((item) => item.id)
    },
    maxBatch: 10,
    maxQueued: 10,
    conflictKeys: (item) => item.keys,
    observe: (size) => sizes.push(size),
  })
  await Promise.all(
    [['x'], ['a'], ['a', 'b'], ['b', 'c'], ['d', 'd']].map((keys, id) =>
      group.submit({ id, keys }),
    ),
  )
  expect(sizes).toEqual([1, 2, 1, 1])
  expect(order).toEqual([0, 1, 4, 2, 3])
})

test('a lone caller starts at once and those who come while it runs share the next batch', async () => {
  const { run, batches } = aRunner()
  const group = aGroupCommit({ run })
  const first = group.submit(anItem(0))
  expect(batches).toHaveLength(1)
  const others = [1, 2, 3].map((id) => group.submit(anItem(id)))
  expect(group.queued()).toBe(3)
  await Promise.all([first, ...others])
  expect(batches.map((batch) => batch.length)).toEqual([1, 3])
})

test('a full queue refuses at once without running anything', async () => {
  const { run, committed } = aRunner()
  const group = aGroupCommit({ run, maxBatch: 1, maxQueued: 2 })
  const taken = [0, 1, 2].map((id) => group.submit(anItem(id)))
  await expect(group.submit(anItem(3))).rejects.toBeInstanceOf(QueueFull)
  await Promise.all(taken)
  expect(committed.map((item) => item.id)).toEqual([0, 1, 2])
})

test.each([
  ['may have been committed', LOST],
  ['could not reach the server', DOWN],
])('a batch that %s rejects each of its items and is not run again', async (_what, details) => {
  const batches: number[] = []
  const fault = new PostgresFault('connection lost', details)
  const group = aGroupCommit({
    run: async (items) => {
      batches.push(items.length)
      await Promise.resolve()
      throw fault
    },
  })
  const answers = await Promise.allSettled([0, 1, 2].map((id) => group.submit(anItem(id))))
  expect(answers).toEqual(answers.map(() => ({ status: 'rejected', reason: fault })))
  expect(batches).toEqual([1, 2])
})

test('a wrong number of results is a bug that runs nothing twice', async () => {
  const { run, committed } = aRunner()
  const group = aGroupCommit({ run: async (items) => (await run(items)).slice(1) })
  const answers = await Promise.allSettled([0, 1, 2].map((id) => group.submit(anItem(id))))
  for (const answer of answers) {
    expect(answer).toMatchObject({ reason: expect.any(assert.AssertionError) })
  }
  expect(committed).toHaveLength(3)
})

test('closing answers those already taken and refuses the next', async () => {
  const { run, committed } = aRunner()
  const group = aGroupCommit({ run, maxBatch: 1 })
  const taken = Promise.all([0, 1, 2].map((id) => group.submit(anItem(id))))
  const closed = group.close()
  await expect(group.submit(anItem(3))).rejects.toBeInstanceOf(QueueFull)
  await closed
  expect(committed).toHaveLength(3)
  await taken
})

test('drops who could only be done too late by the time its turn comes, and runs the others', async () => {
  const first = Promise.withResolvers<void>()
  const runs: (readonly number[])[] = []
  const group = createGroupCommit<number, number>({
    maxBatch: 10,
    maxQueued: 10,
    usefulUntil: (item) => (item < 0 ? performance.now() - 1 : undefined),
    run: async (items) => {
      runs.push(items)
      if (runs.length === 1) await first.promise
      return items
    },
  })
  // Alone it is run although it is late: nobody waits behind it.
  const alone = group.submit(-1)
  const late = group.submit(-2)
  const patient = group.submit(3)
  first.resolve()
  await expect(late).rejects.toBeInstanceOf(WaitedTooLong)
  expect(await Promise.all([alone, patient])).toEqual([-1, 3])
  expect(runs).toEqual([[-1], [3]])
})

test('drops who is too late by the time that a failed batch is run again, item by item', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const runs: (readonly number[])[] = []
  const group = createGroupCommit<number, number>({
    maxBatch: 10,
    maxQueued: 10,
    usefulUntil: (ms) => performance.now() + ms,
    run: async (items) => {
      runs.push(items)
      await Promise.resolve()
      if (items.length === 1) return items
      vi.advanceTimersByTime(100)
      throw new PostgresFault('bad item', LOCKED)
    },
  })
  const [alone, late, patient] = [300, 90, 200].map((ms) => group.submit(ms))
  await expect(late).rejects.toBeInstanceOf(WaitedTooLong)
  expect(await Promise.all([alone, patient])).toEqual([300, 200])
  expect(runs).toEqual([[300], [90, 200], [200]])
})

test('tells how long the first has waited for a run, but not for its own key', async () => {
  const first = Promise.withResolvers<void>()
  const group = createGroupCommit<string, string>({
    maxBatch: 10,
    maxQueued: 10,
    conflictKeys: (item) => [item],
    lanes: 2,
    run: async (items) => {
      await first.promise
      return items
    },
  })
  expect(group.waitedMs()).toBe(0)
  const done = [group.submit('a'), group.submit('a')]
  expect(group.queued()).toBe(1)
  expect(group.waitedMs()).toBe(0)
  done.push(group.submit('b'), group.submit('c'))
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(group.waitedMs()).toBeGreaterThan(0)
  first.resolve()
  await Promise.all(done)
  expect(group.waitedMs()).toBe(0)
})
