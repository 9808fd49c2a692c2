import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { migrate } from '@tolem/postgres/migrate'
import { Client } from 'pg'

/** A migrated database to clone, by a name that no other run has. It crosses to the test workers, hence plain data. */
export type Template = { readonly adminUrl: string; readonly name: string }

const MIGRATIONS = fileURLToPath(new URL('../../../../migrations', import.meta.url))

/** Makes the template of this run; `dropAll` drops it and every clone that a test left behind. */
export async function makeTemplate(
  adminUrl: string,
): Promise<Template & { readonly dropAll: () => Promise<void> }> {
  const name = `tolem_test_${randomBytes(5).toString('hex')}`
  await administer(adminUrl, `CREATE DATABASE ${name}`)
  const template = { adminUrl, name, dropAll: () => dropAll(adminUrl, name) }
  try {
    if (existsSync(MIGRATIONS)) await migrate({ url: named(adminUrl, name), directory: MIGRATIONS })
  } catch (error) {
    await template.dropAll()
    throw error
  }
  return template
}

/** Copies the template. */
export async function cloneDatabase(
  template: Template,
): Promise<{ readonly url: string; readonly drop: () => Promise<void> }> {
  const name = `${template.name}_${randomBytes(5).toString('hex')}`
  await administer(template.adminUrl, `CREATE DATABASE ${name} TEMPLATE ${template.name}`)
  return { url: named(template.adminUrl, name), drop: () => drop(template.adminUrl, name) }
}

async function dropAll(adminUrl: string, prefix: string): Promise<void> {
  const names = await administer(
    adminUrl,
    `SELECT datname FROM pg_database WHERE starts_with(datname, '${prefix}')`,
  )
  for (const name of names) await drop(adminUrl, name)
}

async function drop(adminUrl: string, name: string): Promise<void> {
  await administer(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
}

/** Names are our own, made of letters, digits and underscores. */
async function administer(adminUrl: string, text: string): Promise<readonly string[]> {
  const client = new Client({ connectionString: adminUrl })
  await client.connect()
  try {
    const { rows } = await client.query<{ datname: string }>(text)
    return rows.map((row) => row.datname)
  } finally {
    await client.end()
  }
}

function named(url: string, database: string): string {
  const copy = new URL(url)
  copy.pathname = `/${database}`
  return copy.href
}
