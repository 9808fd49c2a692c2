import { resolve } from 'node:path'
import { migrate } from '@tolem/postgres/migrate'

/** Brings the database at DATABASE_URL up to date, before the services that need it start. Safe to run at any time. */
const url = process.env['DATABASE_URL']
if (!url) throw new Error('DATABASE_URL is not set')

const applied = await migrate({ url, directory: resolve(import.meta.dirname, '../migrations') })
process.stdout.write(`migrations applied: ${applied.join(', ') || 'none, all were there'}\n`)
