import type { ClearingFileKey, ClearingFiles } from '@tolem/authorizations/clearing-files'
import type { Holds, NewClearing } from '@tolem/authorizations/holds'
import type { BankId } from '@tolem/domain/ids'
import { BadFile } from './bad-file.ts'
import { clearingIdOf } from './clearing-id.ts'
import type { OpenedFile } from './open-file.ts'
import type { FileRecord } from './records.ts'
import { openReport, type ReportFile } from './report-file.ts'
import { type Judged, judge, type ReportLine, report } from './result.ts'
import { count, EMPTY_TALLY, readTally, type Tally, writeTally } from './tally.ts'

export type LoadDeps = {
  readonly files: ClearingFiles
  readonly clearAll: Holds['clearAll']
  /** Wall clock, milliseconds since the epoch. */
  readonly now: () => number
  /** Records that travel in one database transaction. */
  readonly batchSize: number
  /** Told after each batch how many records are behind it, and in how many of them this run recorded something. */
  readonly onProgress: (progress: Progress) => void
  /** Asked before each batch. */
  readonly isStopped: () => boolean
}

/** How far a run has come. */
export type Progress = { readonly records: number; readonly tally: Tally }

export type LoadAsk = {
  readonly bank: BankId
  readonly file: OpenedFile
  /** An absolute path. */
  readonly report: string | undefined
}

/** How a run ended. `stopped` and `overtaken` leave the rest to another run; `already_done` recorded nothing. */
export type Loaded = {
  readonly kind: 'done' | 'already_done' | 'stopped' | 'overtaken'
  readonly tally: Tally
}

/**
 * Loads a clearing file, or what is left of it: each batch of records is recorded in one database transaction, then how
 * far the file has come, then the report. Killed between any two of them, the next run finds what was recorded by the
 * ids of its clearings, records nothing twice, and goes on with the report without a gap or a double.
 *
 * @throws {BadFile} when the file cannot be read further; what came before stays recorded.
 * @throws {PostgresFault} when the database could not be asked; another run goes on.
 */
export async function loadClearingFile(deps: LoadDeps, ask: LoadAsk): Promise<Loaded> {
  const key = { bank: ask.bank, digest: ask.file.digest }
  const state = await deps.files.open(key, writeTally(EMPTY_TALLY))
  const reportFile = await openOwnReport(deps, ask, { key, state })
  try {
    const run = { deps, ask, key, state, report: reportFile }
    return await loadFrom(run, Math.min(state.recordsDone, reportFile?.lines ?? state.recordsDone))
  } finally {
    await reportFile?.close()
  }
}

type FileState = Awaited<ReturnType<ClearingFiles['open']>>

type Run = {
  readonly deps: LoadDeps
  readonly ask: LoadAsk
  readonly key: ClearingFileKey
  readonly state: FileState
  readonly report: ReportFile | undefined
}

async function openOwnReport(
  { files }: LoadDeps,
  { report: path }: LoadAsk,
  { key, state }: { readonly key: ClearingFileKey; readonly state: FileState },
): Promise<ReportFile | undefined> {
  if (path === undefined) return undefined
  const isOurs = state.report === path
  const opened = await openReport(path, { most: state.recordsDone, isOurs })
  if (!isOurs) await files.nameReport(key, path)
  return opened
}

/** Goes through the records behind the first `from`; those that are done already only get their lines again. */
async function loadFrom(run: Run, from: number): Promise<Loaded> {
  const { deps, ask, key, state } = run
  let tally = readTally(state.tally)
  let done = state.recordsDone
  let place = from
  for await (const batch of batchesOf(ask.file.records(), { from, done, size: deps.batchSize })) {
    if (deps.isStopped()) return { kind: 'stopped', tally }
    const lines = await recordAll(run, batch, place)
    place += batch.length
    if (place > done) {
      tally = count(tally, lines)
      const step = { from: done, to: place, tally: writeTally(tally) }
      if (!(await deps.files.advance(key, step))) return { kind: 'overtaken', tally }
      done = place
    }
    await run.report?.append(lines)
    deps.onProgress({ records: place, tally })
  }
  if (state.isDone) return { kind: 'already_done', tally }
  if (place === 0) throw new BadFile('the file holds no records')
  if (!(await ask.file.isUnchanged())) throw new BadFile('the file changed while it was read')
  await deps.files.finish(key)
  return { kind: 'done', tally }
}

/** Batches of the records behind the first `from`, none of which reaches over the `done`-th. */
async function* batchesOf(
  records: AsyncIterable<FileRecord>,
  { from, done, size }: { readonly from: number; readonly done: number; readonly size: number },
): AsyncGenerator<readonly FileRecord[]> {
  let batch: FileRecord[] = []
  let place = 0
  for await (const record of records) {
    place += 1
    if (place <= from) continue
    batch.push(record)
    if (batch.length < size && place !== done) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

async function recordAll(
  { deps, ask, state }: Run,
  batch: readonly FileRecord[],
  before: number,
): Promise<readonly ReportLine[]> {
  const { digest } = ask.file
  const judged = batch.map((record, index): Judged => {
    const id = clearingIdOf({ digest, startedAt: state.startedAt, place: before + index + 1 })
    return judge(record, { bank: ask.bank, id, now: deps.now() })
  })
  const clearings = judged.flatMap((one) => (one.kind === 'new' ? [one.clearing] : []))
  const recorded = clearings.length > 0 ? await deps.clearAll(clearings) : []
  const recordedById = new Map(clearings.map(({ id }, index) => [id, recorded[index]]))
  return judged.map((one) => {
    if (one.kind === 'refused') return { line: one.line, result: 'refused', errors: one.errors }
    return lineOf(one, one.clearing, recordedById)
  })
}

function lineOf(
  { line }: Judged,
  { id }: NewClearing,
  recordedById: ReadonlyMap<string, Parameters<typeof report>[2] | undefined>,
): ReportLine {
  const recorded = recordedById.get(id)
  if (!recorded) throw new Error('every presentment that was handed in has its answer')
  return report(line, id, recorded)
}
