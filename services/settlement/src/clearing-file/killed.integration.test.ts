import { join } from 'node:path'
import { afterAll, expect, inject, test, vi } from 'vitest'
import { auditMixed, writeMixedFile } from '../testing/clearing-records.ts'
import { type ClearingSite, openSite } from '../testing/clearing-site.ts'

const site = await openSite()
afterAll(site.close)

const RECORDS = inject('clearingRecords')

// Generous: a busy machine records some two hundred a second.
const TIMEOUT_MS = 60_000 + RECORDS * 10

/** What the loader may take at most, however long its file is: most of it is Node itself. */
const PEAK_MEBIBYTES = 256

/** Kills the command, without a word, when so many records of its file are done. */
async function killAt({ start, ask }: ClearingSite, given: readonly string[], records: number) {
  const running = start(...given)
  await vi.waitFor(
    async () => {
      const [row] = await ask<{ done: string }>('SELECT records_done AS done FROM clearing_file')
      expect(Number(row?.done ?? 0)).toBeGreaterThanOrEqual(records)
    },
    { timeout: TIMEOUT_MS, interval: 2 },
  )
  running.process.kill('SIGKILL')
  return running.ended
}

test('a file whose loader is killed twice is recorded once, and its report has every line once', {
  timeout: 3 * TIMEOUT_MS,
}, async () => {
  const [file, report] = [join(site.directory, 'day.ndjson'), join(site.directory, 'report.ndjson')]
  const expected = await writeMixedFile(site, file, RECORDS)
  const given = ['--bank', 'halyk', '--file', file, '--report', report]
  expect((await killAt(site, given, RECORDS / 5)).code).toBeNull()
  expect((await killAt(site, given, RECORDS / 2)).code).toBeNull()
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
