import { expect, test } from 'vitest'
import { createRandom } from './random.ts'
import { createScheduler } from './scheduler.ts'

test('time that was leapt over passes and is not lived through', async () => {
  const scheduler = createScheduler(createRandom('leaps'))
  const startedAt = scheduler.now()
  await scheduler.runUntil(() => false, 2_000)
  scheduler.leap(86_400_000)
  await scheduler.runUntil(() => false, 1_000)
  expect(scheduler.now() - startedAt).toBe(86_403_000)
  expect(scheduler.livedMs()).toBe(3_000)
})
