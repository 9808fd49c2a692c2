import assert from 'node:assert'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One SQL statement. Its name is its file's name, the prepared statement's, the metric label and the log field. */
export type Statement = { readonly name: string; readonly text: string }

/**
 * Reads `<directory>/<name>.sql` for each name, once at start.
 *
 * @throws when a file is missing, and when the directory holds a `.sql` file that nobody asked for: a statement that
 * is not loaded is not tested either.
 */
export function loadStatements<Name extends string>(
  directory: string,
  names: readonly Name[],
): Readonly<Record<Name, Statement>> {
  const found = new Set(readdirSync(directory).filter((file) => file.endsWith('.sql')))
  const missing = names.filter((name) => !found.has(`${name}.sql`))
  if (missing.length > 0) throw new Error(`missing in ${directory}: ${listFiles(missing)}`)
  const asked = new Set<string>(names)
  const extra = [...found]
    .map((file) => file.slice(0, -'.sql'.length))
    .filter((name) => !asked.has(name))
  if (extra.length > 0) throw new Error(`nobody loads, in ${directory}: ${listFiles(extra)}`)
  return Object.fromEntries(names.map((name) => [name, read(directory, name)])) as Record<
    Name,
    Statement
  >
}

function read(directory: string, name: string): Statement {
  // NAMEDATALEN: PostgreSQL cuts longer names, and two cut names could meet.
  assert(name.length <= 63, `statement name longer than 63 characters: ${name}`)
  return { name, text: readFileSync(join(directory, `${name}.sql`), 'utf8') }
}

function listFiles(names: readonly string[]): string {
  return names.map((name) => `${name}.sql`).join(', ')
}
