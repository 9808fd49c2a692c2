import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { expect } from 'vitest'
import { query } from './ledger.ts'
import type { Trouble, WiredParts } from './wired-parts.ts'

const AWAY = ['/problems/unavailable', '/problems/no_answer_in_time'] as const

const OURS = `
  SELECT pid FROM pg_stat_activity
  WHERE application_name IN ('authorizer', 'settlement') AND state IS NOT NULL ORDER BY random()`

/** What happens to a PostgreSQL that stays where it is. */
export const DATABASE_TROUBLES: readonly Trouble[] = [
  aStuckLock(),
  aReadOnlyPrimary(),
  {
    name: 'a backend of ours killed with -9',
    make: async ({ parts }) => {
      const [backend] = await query<{ pid: number }>(parts.databaseUrl, OURS)
      process.kill(backend?.pid ?? expect.unreachable(), 'SIGKILL')
      await untilUp(parts.databaseUrl)
    },
  },
  {
    name: 'the postmaster killed with -9',
    make: async ({ parts }) => {
      process.kill(parts.postgres.pid(), 'SIGKILL')
      await parts.postgres.stop()
    },
    felt: AWAY,
    mend: async ({ parts }) => parts.postgres.start(),
  },
]

/** What takes seconds each, and was asked for. */
export const MORE_DATABASE_TROUBLES: readonly Trouble[] = [
  noSlotIsFree(),
  {
    name: 'stopped at once (immediate)',
    make: async ({ parts }) => {
      process.kill(parts.postgres.pid(), 'SIGQUIT')
      await parts.postgres.stop()
    },
    felt: AWAY,
    mend: async ({ parts }) => parts.postgres.start(),
  },
  {
    name: 'back as a standby, then promoted',
    make: async ({ parts: { postgres } }) => {
      await postgres.stop()
      await writeFile(join(postgres.directory, 'standby.signal'), '', { mode: 0o666 })
      await postgres.start()
    },
    felt: AWAY,
    mend: async ({ parts }) => {
      await expectRefused(parts, /a standby/)
      await query(parts.databaseUrl, 'SELECT pg_promote()')
    },
  },
  ...(['delay', 'stall', 'swallow', 'refuse'] as const).map(aBrokenWire),
]

/** Somebody's psql holds what every purchase locks. */
function aStuckLock(): Trouble {
  let holder: Client | undefined
  return {
    name: 'a lock held by a stuck session',
    make: async ({ parts }) => {
      holder = new Client({ connectionString: parts.databaseUrl })
      await holder.connect()
      await holder.query('BEGIN')
      await holder.query('SELECT FROM card_usage FOR UPDATE')
    },
    felt: AWAY,
    mend: async () => {
      await holder?.query('ROLLBACK')
      await holder?.end()
    },
  }
}

/** As a primary that was demoted under us. A service that is started now refuses to. */
function aReadOnlyPrimary(): Trouble {
  const set = async ({ parts }: WiredParts, how: string) => {
    await query(parts.databaseUrl, `ALTER SYSTEM ${how}`)
    await query(parts.databaseUrl, 'SELECT pg_reload_conf()')
  }
  return {
    name: 'read-only',
    make: (own) => set(own, 'SET default_transaction_read_only = on'),
    felt: AWAY,
    mend: async (own) => {
      await expectRefused(own.parts, /read-only/)
      await set(own, 'RESET default_transaction_read_only')
    },
  }
}

async function expectRefused(parts: WiredParts['parts'], why: RegExp): Promise<void> {
  await expect((await parts.anotherSettlement()).start()).rejects.toThrow(why)
}

/** Nearly all connections that the server allows are somebody else's, and ours break: one may come back, or none. */
function noSlotIsFree(): Trouble {
  const takers: Client[] = []
  return {
    name: 'every slot taken by others',
    make: async ({ parts }) => {
      const end = `SELECT pg_terminate_backend(pid) FROM (${OURS}) AS ours`
      for (;;) {
        const client = new Client({ connectionString: parts.databaseUrl })
        client.on('error', () => undefined)
        try {
          await client.connect()
          takers.push(client)
        } catch {
          // Too many clients: all are taken. Ours are thrown out, and what they leave is taken as well.
          const [first] = takers
          const { rowCount } = (await first?.query(end)) ?? { rowCount: 0 }
          if (rowCount === 0) return
        }
      }
    },
    felt: AWAY,
    mend: () => Promise.all(takers.splice(0).map((client) => client.end())),
  }
}

function aBrokenWire(kind: 'delay' | 'stall' | 'swallow' | 'refuse'): Trouble {
  return {
    name: `the way to it: ${kind}`,
    make: async ({ wires: { postgres } }) => {
      await postgres.set(kind === 'delay' ? { kind: 'slow', repliesMs: 400 } : { kind })
      if (kind === 'refuse') postgres.cut()
    },
    felt: [...AWAY, 'deadline_exceeded'],
    mend: ({ wires: { postgres } }) => postgres.set({ kind: 'pass' }),
  }
}

async function untilUp(databaseUrl: string): Promise<void> {
  const ask = () =>
    query(databaseUrl, 'SELECT 1').then(
      () => true,
      () => false,
    )
  await expect.poll(ask, { timeout: 20_000, interval: 20 }).toBe(true)
}
