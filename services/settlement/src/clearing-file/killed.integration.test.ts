import { join } from 'node:path'
import { afterAll, expect, inject, test } from 'vitest'
import { auditMixed, writeMixedFile } from '../testing/clearing-records.ts'
import { openSite } from '../testing/clearing-site.ts'
import { BATCH_SIZE } from './compose.ts'

const site = await openSite()
afterAll(site.close)

const RECORDS = inject('clearingRecords')

// Generous: a busy machine records some two hundred a second.
const TIMEOUT_MS = 60_000 + RECORDS * 10

/** What the loader may take at most, however long its file is: most of it is Node itself. */
const PEAK_MEBIBYTES = 256

/** How many batches are done when it is killed first, and how many more when it is killed again. */
const FIRST_KILL = Math.max(1, Math.floor(RECORDS / 5 / BATCH_SIZE))
const SECOND_KILL = Math.max(1, Math.floor((RECORDS * 0.3) / BATCH_SIZE))

/** Each batch is two steps: its presentments are recorded, then how far the file has come. */
const STEPS = 2

async function recordsDone(): Promise<number> {
  const [row] = await site.ask<{ done: string }>('SELECT records_done AS done FROM clearing_file')
  return Number(row?.done)
}

test('a file whose loader is killed twice is recorded once, and its report has every line once', {
  timeout: 3 * TIMEOUT_MS,
}, async () => {
  const [file, report] = [join(site.directory, 'day.ndjson'), join(site.directory, 'report.ndjson')]
  const expected = await writeMixedFile(site, file, RECORDS)
  const given = ['--bank', 'halyk', '--file', file, '--report', report]
  // Between the two steps of a batch.
  const between = await site.startToDie(FIRST_KILL * STEPS + 1, ...given).ended
  expect([between.code, await recordsDone()]).toEqual([null, FIRST_KILL * BATCH_SIZE])
  // After both, before the report has its lines.
  const after = await site.startToDie(SECOND_KILL * STEPS, ...given).ended
  const done = (FIRST_KILL + SECOND_KILL) * BATCH_SIZE
  expect([after.code, await recordsDone()]).toEqual([null, done])
  const { code, out, error } = await site.start(...given).ended
  expect({ code, error }).toEqual({ code: 1, error: '' })
  expect(out).toContain(`${RECORDS} records\n`)
  const peakMebibytes = Number(/peak memory (\d+) MiB/.exec(out)?.[1])
  process.stdout.write(`${RECORDS} records: ${peakMebibytes} MiB at most\n`)
  expect(peakMebibytes).toBeLessThan(PEAK_MEBIBYTES)

  expect(await auditMixed(site, expected)).toEqual([])
  const lines = await site.readReport(report)
  expect(lines.map(({ line }) => line)).toEqual(Array.from({ length: RECORDS }, (_, i) => i + 1))
  const results = Object.groupBy(lines, ({ result }) => result)
  const counts = Object.entries(results).map(([result, of]) => [result, of?.length])
  expect(Object.fromEntries(counts)).toEqual(expected)
})
