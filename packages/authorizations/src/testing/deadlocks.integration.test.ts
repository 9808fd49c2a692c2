import { aCard } from '@tolem/testing/builders'
import { expect, onTestFinished, test } from 'vitest'
import { openWithCard } from './scenes.ts'

test('a deadlock is counted, before a wait for a lock is given up', async () => {
  const { putCard, postgres, deadlocks } = await openWithCard(onTestFinished)
  await putCard(aCard({ token: 'ct_another' as ReturnType<typeof aCard>['token'] }))
  const meeting = Promise.withResolvers<void>()
  let holding = 0
  const lockBoth = (order: 'ASC' | 'DESC') =>
    postgres.runInTransaction(async (run) => {
      const text = (skipped: number) =>
        `SELECT FROM card ORDER BY card_token ${order} LIMIT 1 OFFSET ${skipped} FOR UPDATE`
      await run({ name: '', text: text(0) }, [])
      holding += 1
      if (holding === 2) meeting.resolve()
      await meeting.promise
      await run({ name: '', text: text(1) }, [])
    })
  const ends = await Promise.allSettled([lockBoth('ASC'), lockBoth('DESC')])
  expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  expect(deadlocks()).toBe(1)
})
