import assert from 'node:assert'
import { join } from 'node:path'
import type { BankId } from '@tolem/domain/ids'
import type { Postgres } from '@tolem/postgres/pool'
import { loadStatements } from '@tolem/postgres/statements'

/** A clearing file, known for ever by its bank and the SHA-256 of its bytes. */
export type ClearingFileKey = { readonly bank: BankId; readonly digest: Buffer }

/** How far a file has come. `startedAt` (ms since the epoch) never changes; `tally` and `report` are its loader's. */
export type ClearingFileState = {
  readonly isDone: boolean
  readonly recordsDone: number
  readonly tally: string
  readonly report: string | undefined
  readonly startedAt: number
}

/**
 * How far the loading of clearing files has come.
 *
 * @throws {PostgresFault} from every method; each can be asked again.
 */
export type ClearingFiles = {
  /** Begins a file, or finds how far it has come. */
  open(file: ClearingFileKey, emptyTally: string): Promise<ClearingFileState>
  /** The records after `from` up to `to` are recorded. False: somebody else has gone on with the file. */
  advance(
    file: ClearingFileKey,
    step: { readonly from: number; readonly to: number; readonly tally: string },
  ): Promise<boolean>
  finish(file: ClearingFileKey): Promise<void>
  /** Keeps where the report is written. */
  nameReport(file: ClearingFileKey, report: string): Promise<void>
}

const STATEMENTS = [
  'clearing-file-advance',
  'clearing-file-finish',
  'clearing-file-name',
  'clearing-file-open',
] as const

/** Clearing files on one database. */
export function createClearingFiles(postgres: Pick<Postgres, 'run'>): ClearingFiles {
  const statements = loadStatements(join(import.meta.dirname, 'clearing-files'), STATEMENTS)
  return {
    async open({ bank, digest }, emptyTally) {
      const values = [bank, digest, emptyTally]
      const [row] = await postgres.run<FileRow>(statements['clearing-file-open'], values)
      assert(row, 'an opened file has its row')
      return {
        isDone: row.state === 'done',
        recordsDone: Number(row.records_done),
        tally: row.tally,
        report: row.report ?? undefined,
        startedAt: row.started_at.getTime(),
      }
    },

    async advance({ bank, digest }, { from, to, tally }) {
      const values = [bank, digest, from, to, tally]
      return (await postgres.run(statements['clearing-file-advance'], values)).length > 0
    },

    async finish({ bank, digest }) {
      await postgres.run(statements['clearing-file-finish'], [bank, digest])
    },

    async nameReport({ bank, digest }, report) {
      await postgres.run(statements['clearing-file-name'], [bank, digest, report])
    },
  }
}

type FileRow = {
  readonly state: 'loading' | 'done'
  readonly records_done: string
  readonly tally: string
  readonly report: string | null
  readonly started_at: Date
}
