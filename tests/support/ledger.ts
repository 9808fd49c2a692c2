import { Client } from 'pg'

/** Reads Tolem's database as an auditor would: plain SQL, no code of ours. Numbers come as text. */
export async function query<Row>(databaseUrl: string, text: string): Promise<Row[]> {
  const client = new Client({ connectionString: databaseUrl })
  client.on('error', () => {
    // The query's own rejection tells it.
  })
  await client.connect()
  try {
    const { rows } = await client.query(text)
    return rows as Row[]
  } finally {
    await client.end()
  }
}

/** What prices and conversions write by themselves, whatever banks send. */
const WRITTEN_BY_ITSELF = new Set([
  'conversion_order',
  'ledger_change',
  'ledger_folded',
  'official_rate',
  'rate_history',
])

/**
 * How many rows every table holds that a message of a bank could write: what must not change when nothing was stored.
 * Of the ledger all but what conversions post.
 */
export async function countRows(databaseUrl: string): Promise<Readonly<Record<string, number>>> {
  const tables = await query<{ name: string }>(
    databaseUrl,
    "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
  )
  const counts = await query<{ name: string; rows: string }>(
    databaseUrl,
    tables
      .filter(({ name }) => !WRITTEN_BY_ITSELF.has(name))
      .map(({ name }) => `SELECT '${name}' AS name, count(*) AS rows FROM ${sourceOf(name)}`)
      .join(' UNION ALL '),
  )
  return Object.fromEntries(counts.map(({ name, rows }) => [name, Number(rows)]))
}

function sourceOf(table: string): string {
  return table === 'ledger_posting'
    ? "ledger_posting WHERE journal_id NOT LIKE 'conversion%'"
    : table
}
