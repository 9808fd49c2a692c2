import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { BankId } from '@tolem/domain/ids'

/** What the command was asked for. Paths are absolute. */
export type Ask = {
  readonly bank: BankId
  readonly file: string
  readonly report: string | undefined
}

/** How the process ends. */
export const EXIT = {
  /** Every record is recorded, by this run or by an earlier one. */
  done: 0,
  /** The file was read to its end; records of it were refused. */
  refused: 1,
  /** The command, the environment or the programme is wrong: nothing was read. */
  usage: 2,
  /** The file cannot be read (further), or the report not be written. */
  badFile: 3,
  /** Stopped, or the database was away: the same command goes on. */
  unfinished: 4,
} as const

export const USAGE = `npm run clearing-file -- --bank BANK --file PATH [--report PATH]

Records the presentments of a bank's clearing file: NDJSON, one body of POST /v1/clearings a line, or CSV with a header.
The same file can be loaded again at any time: nothing is recorded twice, and a report that is missing is written.

  --bank BANK     the bank's id in the programme: halyk
  --file PATH     .ndjson, .jsonl or .csv; else its first bytes tell
  --report PATH   one line of JSON for each record, in the file's order

DATABASE_URL names the database, PROGRAMME_FILE the programme.
Ends with 0 when every record is recorded, 1 when some were refused (the report says why), 2 when the command is wrong,
3 when the file cannot be read, 4 when it was stopped or the database was away: the same command then goes on.
`

/** Is it asked how the command is called? */
export function asksForHelp(given: readonly string[]): boolean {
  return given.includes('--help') || given.includes('-h')
}

/** Reads the command's arguments. */
export function readArguments(
  given: readonly string[],
  banks: readonly BankId[],
):
  | { readonly kind: 'load'; readonly ask: Ask }
  | { readonly kind: 'wrong'; readonly mistake: string } {
  try {
    const { values } = parseArgs({ args: [...given], options: OPTIONS })
    const { file, report } = values
    const bank = banks.find((id) => id === values.bank)
    if (!bank) return { kind: 'wrong', mistake: `--bank must be one of ${banks.join(', ')}` }
    if (!file) return { kind: 'wrong', mistake: '--file is missing' }
    const paths = { file: resolve(file), report: report ? resolve(report) : undefined }
    if (paths.file === paths.report)
      return { kind: 'wrong', mistake: '--report must not be the file itself' }
    return { kind: 'load', ask: { bank, ...paths } }
  } catch (error) {
    // An option that there is not, or one without its value: node's own words say which.
    return { kind: 'wrong', mistake: error instanceof Error ? error.message : String(error) }
  }
}

const OPTIONS = {
  bank: { type: 'string' },
  file: { type: 'string' },
  report: { type: 'string' },
} as const
