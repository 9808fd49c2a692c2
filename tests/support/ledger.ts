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

/** How many rows every table holds: what must not change when nothing was stored. */
export async function countRows(databaseUrl: string): Promise<Readonly<Record<string, number>>> {
  const tables = await query<{ name: string }>(
    databaseUrl,
    "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
  )
  const counts = await query<{ name: string; rows: string }>(
    databaseUrl,
    tables
      .map(({ name }) => `SELECT '${name}' AS name, count(*) AS rows FROM ${name}`)
      .join(' UNION ALL '),
  )
  return Object.fromEntries(counts.map(({ name, rows }) => [name, Number(rows)]))
}
