import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { query } from '../../support/ledger.ts'
import type { SoakHouse } from '../house.ts'
import { between, type Strike } from './strike.ts'

const AWAY_MS = 300
const LONGEST_PAUSE_MS = 4_000

/** PostgreSQL restarted, with care and without, its sessions ended; Redis killed, emptied, held still. */
export function databaseStrikes({ own }: SoakHouse): readonly Strike[] {
  const { parts, redis } = own
  const url = parts.databaseUrl
  const postgres = 'PostgreSQL'
  const restart = async () => {
    await parts.postgres.stop()
    await delay(AWAY_MS)
    await parts.postgres.start()
  }
  const command = async (...words: readonly [string, ...string[]]) => {
    const client = new Redis(redis.url, { maxRetriesPerRequest: 0 })
    client.on('error', () => {
      // The command's own rejection tells it.
    })
    try {
      await client.call(...words)
    } finally {
      client.disconnect()
    }
  }
  return [
    { name: 'PostgreSQL fast restart', target: postgres, weight: 0.5, run: restart },
    {
      name: 'PostgreSQL immediate restart',
      target: postgres,
      weight: 0.5,
      run: async () => {
        process.kill(await postmasterOf(url), 'SIGQUIT')
        await restart()
      },
    },
    {
      name: 'PostgreSQL backend killed',
      target: postgres,
      weight: 0.5,
      run: async () => {
        const [victim] = await sessions(url, 1)
        if (victim !== undefined) process.kill(victim, 'SIGKILL')
        // All sessions are dropped, and the server recovers by itself.
        await delay(AWAY_MS)
      },
    },
    {
      name: 'PostgreSQL sessions terminated',
      target: postgres,
      run: async (random) => {
        const victims = await sessions(url, Math.ceil(between(1, 12, random)))
        for (const victim of victims) await query(url, `SELECT pg_terminate_backend(${victim})`)
      },
    },
    {
      name: 'Redis killed',
      target: 'Redis',
      weight: 0.5,
      run: async (random) => {
        await redis.stop()
        await delay(between(AWAY_MS, LONGEST_PAUSE_MS, random))
        await redis.start()
      },
    },
    { name: 'Redis flushed', target: 'Redis', run: () => command('FLUSHALL') },
    {
      name: 'Redis paused',
      target: 'Redis',
      weight: 0.5,
      run: async (random) => {
        const ms = Math.round(between(AWAY_MS, LONGEST_PAUSE_MS, random))
        await command('CLIENT', 'PAUSE', String(ms), 'ALL')
        await delay(ms)
      },
    },
  ]
}

async function postmasterOf(url: string): Promise<number> {
  const [row] = await query<{ data_directory: string }>(url, 'SHOW data_directory')
  const file = join(row?.data_directory ?? '', 'postmaster.pid')
  return Number(readFileSync(file, 'utf8').split('\n')[0])
}

/** Sessions of the services, by chance. */
async function sessions(url: string, most: number): Promise<readonly number[]> {
  const rows = await query<{ pid: number }>(
    url,
    `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
     ORDER BY random() LIMIT ${most}`,
  )
  return rows.map(({ pid }) => pid)
}
