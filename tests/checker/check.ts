import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { readMovements, readWallets } from './exchange.ts'
import { readHistory } from './history.ts'

/** Where the three views of one run are. */
export type Views = {
  /** The bank's history: NDJSON, as `history.ts` describes it. */
  readonly bank: string
  /** That others asked as well: what is on record need not be in the history then. */
  readonly isPartial?: boolean
  readonly database: string
  readonly sandbox: string
  /** What a bank gives us for an answer, and what a busy machine may add to it. */
  readonly budgetMs?: number
  readonly toleranceMs?: number
}

/** What one check looked at, and everything that it found wrong. */
export type Checked = {
  /** Its file's name, which begins with its invariant. */
  readonly name: string
  /** The invariant in words. */
  readonly says: string
  readonly examined: number
  readonly wrongs: readonly string[]
}

/** What was compared. */
export type Comparison = {
  readonly checks: readonly Checked[]
  readonly calls: Readonly<Record<string, number>>
  readonly movements: number
  readonly tookMs: number
}

const HERE = import.meta.dirname
const CHECKS = join(HERE, 'checks')

/** Holds only where the history has all that was ever asked. */
const NEEDS_WHOLE_HISTORY = 'i05-asked-for.sql'

const HEARD_COLUMNS = `op bigint, call text, bank text, key text, at_process integer, original_kind text,
  original_key text, is_full boolean, invoked_at double precision, result text, answered_at double precision,
  status integer, digest text, decision text, outcome text, problem text, id uuid, approved numeric, moved jsonb,
  waited_ms double precision, worked_ms double precision`

/**
 * Compares what the bank heard, what the ledger and the records say and what the exchange recorded of one run. All
 * three come into temporary tables of one session, piece by piece, and are compared there: the memory used here does
 * not grow with the run. Nothing may be open meanwhile, or it is told as open.
 *
 * @throws when one of the three cannot be read.
 */
export async function checkHistory(views: Views): Promise<Comparison> {
  const startedAt = performance.now()
  const client = new Client({ connectionString: views.database, application_name: 'check-history' })
  client.on('error', () => {
    // The query's own rejection tells it.
  })
  await client.connect()
  try {
    await client.query("SET work_mem = '64MB'; SET jit = off; SET statement_timeout = 0")
    await client.query(readFileSync(join(HERE, 'tables.sql'), 'utf8'))
    await load(client, views)
    await client.query(readFileSync(join(HERE, 'derived.sql'), 'utf8'))
    const checks: Checked[] = []
    const files = readdirSync(CHECKS).filter(
      (file) => !(views.isPartial && file === NEEDS_WHOLE_HISTORY),
    )
    for (const file of files.toSorted()) checks.push(await run(client, file, views))
    return {
      checks,
      calls: await countCalls(client),
      movements: await count(client, 'SELECT count(*)::integer AS count FROM moved'),
      tookMs: performance.now() - startedAt,
    }
  } finally {
    await client.end()
  }
}

async function load(client: Client, { bank, sandbox }: Views): Promise<void> {
  const put = (table: string, columns: string, rows: readonly object[]) =>
    client.query(
      `INSERT INTO ${table} SELECT * FROM jsonb_to_recordset($1::jsonb) AS row (${columns})`,
      [JSON.stringify(rows)],
    )
  for await (const { rows, frozen } of readHistory(bank)) {
    await put('heard', HEARD_COLUMNS, rows)
    const spans = frozen.map(({ at, until, process }) => ({
      from_at: at,
      until_at: until,
      process,
    }))
    await put(
      'frozen',
      'from_at double precision, until_at double precision, process integer',
      spans,
    )
  }
  for await (const rows of readMovements(sandbox))
    await put(
      'moved',
      'sequence bigint, exchange text, wallet text, kind text, reference text, asset text, amount numeric',
      rows,
    )
  await put(
    'wallet',
    'exchange text, wallet text, asset text, balance numeric',
    await readWallets(sandbox),
  )
}

/** A check is one statement that gives a row for each thing it looked at, and in `wrong` what is wrong with it. */
async function run(client: Client, file: string, views: Views): Promise<Checked> {
  const { budgetMs = 1_000, toleranceMs = 250 } = views
  const statement = readFileSync(join(CHECKS, file), 'utf8')
  const asked = statement
    .replaceAll(':budget', String(budgetMs))
    .replaceAll(':tolerance', String(toleranceMs))
  const { rows } = await client.query(`WITH compared AS (${asked})
    SELECT count(*)::integer AS examined, array_remove(array_agg(wrong), NULL) AS wrongs FROM compared`)
  const [, says = ''] = /^-- (.*)$/m.exec(statement) ?? []
  return {
    name: file.replace('.sql', ''),
    says,
    examined: rows[0].examined,
    wrongs: rows[0].wrongs ?? [],
  }
}

async function countCalls(client: Client): Promise<Readonly<Record<string, number>>> {
  const { rows } = await client.query(`
    SELECT call || ' ' || coalesce(decision, outcome, problem, result) AS name, count(*)::integer AS count
    FROM heard GROUP BY 1 ORDER BY 1`)
  return Object.fromEntries(rows.map(({ name, count: calls }) => [name, calls]))
}

async function count(client: Client, text: string): Promise<number> {
  const { rows } = await client.query(text)
  return rows[0].count
}

/** Everything that is wrong, each with the check that found it. */
export function violationsIn({ checks }: Comparison): readonly string[] {
  return checks.flatMap(({ name, wrongs }) => wrongs.map((wrong) => `${name}: ${wrong}`))
}

/** A comparison as a person reads it. */
export function describeComparison(comparison: Comparison): string {
  const { checks, calls, movements, tookMs } = comparison
  const lines = checks.map(({ name, says, examined, wrongs }) => {
    const verdict = wrongs.length === 0 ? 'holds' : `${wrongs.length} WRONG`
    return `${name.padEnd(28)} ${String(examined).padStart(8)}  ${verdict.padEnd(9)} ${says}`
  })
  const violations = violationsIn(comparison)
  const counts = Object.entries(calls).map(([name, number]) => `  ${name}: ${number}`)
  return [
    'calls of the bank, by what it heard:',
    ...counts,
    `movements at the exchange: ${movements}`,
    ...lines,
    ...violations,
    `${violations.length} violations, compared in ${(tookMs / 1_000).toFixed(1)} s`,
    '',
  ].join('\n')
}
