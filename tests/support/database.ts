import { Pool } from 'pg'

/** Tolem's database in plain SQL over a few connections: for tests that look often, or that move a clock. */
export type Database = {
  /** Numbers come as text. */
  readonly rows: <Row>(text: string, values?: readonly unknown[]) => Promise<Row[]>
  readonly close: () => Promise<void>
}

export function openDatabase(url: string): Database {
  const pool = new Pool({ connectionString: url, max: 6 })
  pool.on('error', () => {
    // The next query's own rejection tells it.
  })
  return {
    rows: async <Row>(text: string, values: readonly unknown[] = []) => {
      const { rows } = await pool.query(text, [...values])
      return rows as Row[]
    },
    close: () => pool.end(),
  }
}
