import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createTestDatabase, testRedis } from '@tolem/testing/backends'
import { expect, onTestFinished, test } from 'vitest'

const MAIN = join(import.meta.dirname, 'main.ts')
const SHARED_SECRET = Buffer.alloc(32, 7).toString('base64')
const PUBLIC_KEY = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' })

/** What the pilot's programme refers to. */
const SECRETS = {
  HALYK_SIGNING_KEY: SHARED_SECRET,
  FORTE_SIGNING_KEY: SHARED_SECRET,
  FREEDOM_SIGNING_KEY: PUBLIC_KEY,
  RBK_SIGNING_KEY: SHARED_SECRET,
  ALTYN_SIGNING_KEY: PUBLIC_KEY,
  BYBIT_API_KEY: 'a',
  BYBIT_API_SECRET: 'b',
  BINANCE_API_KEY: 'c',
  BINANCE_API_SECRET: 'd',
  BINANCE_PAY_KEY: 'e',
  BINANCE_PAY_SECRET: 'f',
}

/** Its sessions are read-only from their beginning, as at a primary that was demoted. */
async function aReadOnlyDatabase(): Promise<string> {
  const { url, drop } = await createTestDatabase()
  onTestFinished(drop)
  const readOnly = new URL(url)
  readOnly.searchParams.set('options', '-c default_transaction_read_only=on')
  return readOnly.href
}

test('at a database that cannot be written to it says so and ends, whatever it had opened', async () => {
  const environment = {
    ...SECRETS,
    DATABASE_URL: await aReadOnlyDatabase(),
    // Where there is none, its clients try again for ever.
    REDIS_URL: testRedis()?.url ?? 'redis://127.0.0.1:1',
  }
  const ended = promisify(execFile)(process.execPath, [MAIN], { env: environment, timeout: 20_000 })
  await expect(ended).rejects.toMatchObject({
    code: 1,
    signal: null,
    stderr: expect.stringContaining('PostgreSQL is read-only'),
  })
})
