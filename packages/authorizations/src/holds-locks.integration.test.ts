import { createPostgres } from '@tolem/postgres/pool'
import { aNewAdvice, aNewClearing, aNewReversal } from '@tolem/testing/follow-ups'
import { expect, onTestFinished, test } from 'vitest'
import type { Holds } from './holds.ts'
import { BREACHES, holdsOn, type OpenedRecords } from './testing/opened-records.ts'
import { approved, byId, type Item, openWithCard, tenge } from './testing/scenes.ts'

/** Holds that wait for a lock for as long as a test may last. */
function openPatient({ url }: OpenedRecords): Holds {
  const postgres = createPostgres({
    url,
    poolSize: 2,
    acquireTimeoutMs: 60_000,
    statementTimeoutMs: 60_000,
    lockTimeoutMs: 60_000,
    applicationName: 'patient',
    onFault: () => {},
  })
  const holds = holdsOn(postgres)
  onTestFinished(async () => {
    await holds.close()
    await postgres.close()
  })
  return holds
}

const WAITING = `
  SELECT pid FROM pg_stat_activity
  WHERE application_name = 'patient' AND wait_event_type = 'Lock' AND datname = current_database()`

test.each([
  [
    'a reversal',
    'reversal',
    (holds: Holds, { id }: Item) => holds.reverse(aNewReversal({ original: byId(id) })),
  ],
  [
    'a presentment',
    'clearing',
    (holds: Holds, { id }: Item) =>
      holds.clear(aNewClearing({ original: byId(id), amount: tenge(1_000n), isLast: true })),
  ],
  ['an advice', '"authorization"', (holds: Holds) => holds.advise(aNewAdvice())],
])('%s that cannot be recorded yet keeps no purchase from the caps', async (_, table, send) => {
  const opened = await openWithCard(onTestFinished)
  const patient = openPatient(opened)
  const item = await approved(opened)
  await opened.ask(`INSERT INTO cap_usage (scope, day) VALUES ('programme', '2026-11-22')`)
  const sent = await opened.postgres.runInTransaction(async (run) => {
    // However long the message takes to come to wait for it.
    await run({ name: '', text: 'SET LOCAL idle_in_transaction_session_timeout = 0' }, [])
    await run({ name: '', text: `LOCK TABLE ${table} IN SHARE MODE` }, [])
    const sending = send(patient, item)
    while ((await opened.ask(WAITING)).length === 0) await new Promise(setImmediate)
    expect(await opened.ask('SELECT scope FROM cap_usage FOR UPDATE NOWAIT')).toHaveLength(1)
    expect(await opened.ask('SELECT day FROM card_usage FOR UPDATE NOWAIT')).toHaveLength(1)
    return { sending }
  })
  expect(await sent.sending).toMatchObject({ kind: 'recorded' })
  expect(await opened.ask(BREACHES)).toEqual([])
})
