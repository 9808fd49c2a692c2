import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Postgres } from '@tolem/postgres/pool'
import { PILOT_PROGRAMME_FILE, readProgramme } from '@tolem/programme'
import { createTestDatabase } from '@tolem/testing/backends'
import { runClearingFile } from '../clearing-file/compose.ts'
import { openPostgres } from './world.ts'

/** How a run of the command ended. */
export type Ended = { readonly code: number | null; readonly out: string; readonly error: string }

/** A run of the command as a process of its own. */
export type Running = { readonly ended: Promise<Ended> }

/** A database and a directory of the test's own, and the command. */
export type ClearingSite = {
  readonly postgres: Postgres
  readonly directory: string
  readonly ask: <Row>(text: string, values?: readonly unknown[]) => Promise<readonly Row[]>
  /** Starts `npm run clearing-file` with these arguments, as a process of its own. */
  readonly start: (...given: readonly string[]) => Running
  /** The same, which dies the so-many-th time that it has recorded a batch, or how far it has come. */
  readonly startToDie: (time: number, ...given: readonly string[]) => Running
  /** The same command in this process. */
  readonly run: (...given: readonly string[]) => Promise<Ended>
  /** The same, asked to end after so many batches. */
  readonly runFor: (batches: number, ...given: readonly string[]) => Promise<Ended>
  /** The parsed lines of a report. */
  readonly readReport: (path: string) => Promise<readonly ReportedLine[]>
  readonly close: () => Promise<void>
}

export type ReportedLine = {
  readonly line: number
  readonly result: string
  readonly clearingId?: string
  readonly authorizationId?: string
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[]
}

/** As in package.json: the loader keeps no file in memory, so its heap need not grow with one. */
const FLAGS = ['--max-old-space-size=96', '--max-semi-space-size=8']

const MAIN = join(import.meta.dirname, '..', 'clearing-file', 'main.ts')

export async function openSite(): Promise<ClearingSite> {
  const database = await createTestDatabase()
  const postgres = openPostgres(database.url)
  const directory = await mkdtemp(join(tmpdir(), 'tolem-clearing-'))

  function launch(given: readonly string[], more: Readonly<Record<string, string>> = {}): Running {
    const child = spawn(process.execPath, [...FLAGS, MAIN, ...given], {
      env: { DATABASE_URL: database.url, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return { ended: endOf(child) }
  }

  return {
    postgres,
    directory,
    ask: (text, values = []) => postgres.run({ name: '', text }, values),
    start: (...given) => launch(given),
    startToDie: (time, ...given) => launch(given, { CRASH_AT: `clearing.after_batch:${time}` }),
    run: (...given) => runHere(postgres, given, Number.POSITIVE_INFINITY),
    runFor: (batches, ...given) => runHere(postgres, given, batches),
    async readReport(path) {
      const text = await readFile(path, 'utf8')
      return text
        .split('\n')
        .slice(0, -1)
        .map((line): ReportedLine => JSON.parse(line))
    },
    async close() {
      await postgres.close()
      await database.drop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function runHere(
  postgres: Postgres,
  given: readonly string[],
  batches: number,
): Promise<Ended> {
  let left = batches
  let [out, error] = ['', '']
  const code = await runClearingFile(
    {
      programme: readProgramme(PILOT_PROGRAMME_FILE),
      postgres,
      out: {
        write: (text) => {
          out += text
        },
        isTerminal: false,
      },
      error: (text) => {
        error += text
      },
      now: Date.now,
      elapsed: () => performance.now(),
      isStopped: () => left-- <= 0,
    },
    given,
  )
  return { code, out, error }
}

async function endOf(child: ChildProcess): Promise<Ended> {
  let [out, error] = ['', '']
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    error += text
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out, error }
}
