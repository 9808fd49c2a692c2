import { createClearingFiles } from '@tolem/authorizations/clearing-files'
import type { Holds } from '@tolem/authorizations/holds'
import { createRails } from '@tolem/exchanges/compose'
import { PostgresFault } from '@tolem/postgres/fault'
import type { Postgres } from '@tolem/postgres/pool'
import type { Programme } from '@tolem/programme/schema'
import { crashingLoad } from '../crashing.ts'
import { openHolds } from '../open-holds.ts'
import { type Ask, EXIT, readArguments, USAGE } from './arguments.ts'
import { BadFile } from './bad-file.ts'
import { createDisplay, type Screen } from './display.ts'
import { type Loaded, loadClearingFile } from './load.ts'
import { openFile } from './open-file.ts'
import { describeTally, total } from './tally.ts'

export type ClearingFileDeps = {
  readonly programme: Programme
  readonly postgres: Postgres
  readonly out: Screen
  readonly error: (text: string) => void
  /** Wall clock, and milliseconds that only ever grow. */
  readonly now: () => number
  readonly elapsed: () => number
  /** Is the process asked to end? */
  readonly isStopped: () => boolean
}

/** Records of one database transaction: enough to be fast, few enough that a batch takes well under a second. */
export const BATCH_SIZE = 200

/** Runs the command and gives its exit code. */
export async function runClearingFile(
  deps: ClearingFileDeps,
  given: readonly string[],
): Promise<number> {
  const banks = deps.programme.banks.map(({ id }) => id)
  const read = readArguments(given, banks)
  if (read.kind === 'wrong') {
    deps.error(`${read.mistake}\n\n${USAGE}`)
    return EXIT.usage
  }
  // Steps of rails are all that is asked of them: no exchange is called, so no secret is needed.
  const rails = createRails(deps.programme.exchanges, { readSecret: () => '', now: deps.now })
  const holds = openHolds(deps.postgres, rails)
  try {
    return await load(deps, read.ask, holds)
  } catch (error) {
    return explain(deps, error)
  } finally {
    await holds.close()
    await rails.close()
  }
}

async function load(deps: ClearingFileDeps, ask: Ask, holds: Holds): Promise<number> {
  const { out } = deps
  const file = await openFile(ask.file)
  out.write(`${ask.file}: ${file.format}, SHA-256 ${file.digest.toString('hex')}\n`)
  const display = createDisplay(out, deps.elapsed)
  try {
    const loaded = await loadClearingFile(
      {
        ...crashingLoad({ files: createClearingFiles(deps.postgres), clearAll: holds.clearAll }),
        now: deps.now,
        batchSize: BATCH_SIZE,
        onProgress: display.show,
        isStopped: deps.isStopped,
      },
      { bank: ask.bank, file, report: ask.report },
    )
    display.close()
    out.write(summary(loaded))
    return exitCode(loaded)
  } finally {
    display.close()
  }
}

const SAID = {
  done: 'done',
  already_done: 'this file was loaded before: nothing was recorded',
  stopped: 'stopped: the same command goes on',
  overtaken: 'another process is loading this file: it goes on',
} as const satisfies Record<Loaded['kind'], string>

function summary({ kind, tally }: Loaded): string {
  return `${SAID[kind]}\n${total(tally)} records\n${describeTally(tally)}`
}

function exitCode({ kind, tally }: Loaded): number {
  if (kind === 'stopped' || kind === 'overtaken') return EXIT.unfinished
  return tally.refused.count + tally.failed.count > 0 ? EXIT.refused : EXIT.done
}

function explain({ error: write }: ClearingFileDeps, error: unknown): number {
  if (error instanceof BadFile) {
    write(`${error.message}\n`)
    return EXIT.badFile
  }
  if (!(error instanceof PostgresFault)) throw error
  write(`${error.message}: the same command goes on\n`)
  return EXIT.unfinished
}
