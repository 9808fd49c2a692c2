import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { createRandom } from '@tolem/testing/random'
import { Redis } from 'ioredis'
import { expect } from 'vitest'
import type { OwnParts } from './own-parts.ts'
import type { Trap } from './tcp-proxy.ts'
import { type PaidParts, type Trouble, untilAnswered, type WiredParts } from './wired-parts.ts'

/** What a purchase is told while an exchange is not to be had, or not in time. */
const DOUBTS = [
  'exchange_in_doubt',
  'exchange_unavailable',
  'deadline_exceeded',
  '/problems/unavailable',
  '/problems/no_answer_in_time',
] as const
const AWAY = ['/problems/unavailable', '/problems/no_answer_in_time'] as const

/** Which share of the calls is cut: the breaker opens at half of them. */
const CUT_SHARE = 0.3
const CUTS = 4
const CUT_WITHIN_MS = 30_000

/** Longer than any budget, and than the second for which most requests are good. */
const BEYOND_BUDGETS_MS = 1_500
/** Longer than the three seconds of a lease. */
const BEYOND_LEASES_MS = 4_000
const PURCHASES = 10

/** Calls to exchanges that end in each of their phases, and answers that are slow. */
export const EXCHANGE_TROUBLES: readonly Trouble[] = [
  aCut({ request: 'none', reply: 'none', ending: 'reset' }),
  aCut({ request: 'half', reply: 'none', ending: 'end' }),
  aCut({ request: 'all', reply: 'none', ending: 'reset' }),
  aCut({ request: 'all', reply: 'half', ending: 'end' }),
  aCut({ request: 'all', reply: 'none', ending: 'silence' }),
  {
    name: 'exchange: half closed towards us, then from us',
    make: async ({ wires: { exchanges } }) => {
      exchanges.halfClose('client')
      await delay(100)
      exchanges.halfClose('server')
    },
  },
]

/** The same wire as a whole. Debits that arrive late are executed after they were given up. */
export const MORE_EXCHANGE_TROUBLES: readonly Trouble[] = [
  anExchangeWire('requests late', { kind: 'slow', requestsMs: 1_300 }),
  anExchangeWire('replies late', { kind: 'slow', repliesMs: 1_300, jitterMs: 300 }),
  anExchangeWire('swallowing', { kind: 'swallow' }),
  anExchangeWire('stalled', { kind: 'stall' }),
  anExchangeWire('replies cut after 40 bytes', { kind: 'truncate', afterBytes: 40 }),
  anExchangeWire('refusing', { kind: 'refuse' }),
]

/** What else happens to the bus: the rates on it may be late or lost, and nothing may be decided wrongly. */
export const REDIS_TROUBLES: readonly Trouble[] = [
  aRedisSetting('full', ['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0']),
  aRedisSetting('a read-only replica', ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']),
  {
    name: 'Redis: a second late',
    make: async (own) => {
      await own.wires.redis.set({ kind: 'slow', repliesMs: 1_000 })
      await buy(own)
    },
    mend: ({ wires }) => wires.redis.set({ kind: 'pass' }),
  },
  {
    name: 'Redis: cut',
    make: async (own) => {
      own.wires.redis.cut()
      await buy(own)
    },
  },
]

/** Processes that stand still and then go on as if nothing had been. */
export const PAUSES: readonly Trouble[] = [
  {
    name: 'exchanges stopped and continued',
    make: async ({ parts }) => signal([parts.sandbox.pid()], 'SIGSTOP'),
    felt: DOUBTS,
    mend: async ({ parts }) => {
      await delay(BEYOND_BUDGETS_MS)
      signal([parts.sandbox.pid()], 'SIGCONT')
    },
  },
  {
    name: 'PostgreSQL stopped and continued',
    make: async ({ parts }) => signal(familyOf(parts.postgres.pid()), 'SIGSTOP'),
    felt: AWAY,
    mend: async ({ parts }) => signal(familyOf(parts.postgres.pid()), 'SIGCONT'),
  },
  {
    name: 'settlement stopped beyond its leases while another works',
    make: async ({ parts, stack }) => {
      const other = await parts.anotherSettlement()
      await other.start()
      for (const exchange of ['bybit', 'binance'] as const)
        await stack.sandbox.layFault({
          exchange,
          operation: 'debit',
          kind: 'error_5xx_after',
          probability: 0.2,
        })
      await delay(500)
      signal([parts.settlement.pid()], 'SIGSTOP')
      await delay(BEYOND_LEASES_MS)
      signal([parts.settlement.pid()], 'SIGCONT')
      await delay(500)
      await stack.sandbox.liftFaults()
      await other.stop('SIGTERM')
    },
  },
]

/** Until the rates are too old, which takes five seconds. */
export function aStoppedRedis(): Trouble<PaidParts> {
  const pids: number[] = []
  return {
    name: 'Redis stopped and continued',
    make: async (own) => {
      pids.push(await redisPid(own))
      signal(pids, 'SIGSTOP')
    },
    felt: ['rate_unavailable'],
    mend: async () => signal(pids.splice(0), 'SIGCONT'),
  }
}

/** Its answers come after its own budget, which no stopped process can help: judged in a run of its own. */
export const AUTHORIZER_PAUSES: readonly Trouble[] = [500, BEYOND_BUDGETS_MS, 5_000].map(
  (forMs) => ({
    name: `authorizer stopped for ${forMs} ms`,
    make: async ({ parts }) => {
      signal([parts.authorizer.pid()], 'SIGSTOP')
      await delay(forMs)
      signal([parts.authorizer.pid()], 'SIGCONT')
    },
  }),
)

function aCut(how: Pick<Trap, 'request' | 'reply' | 'ending'>): Trouble {
  return {
    name: `exchange: ${how.request} of a request arrives, ${how.reply} of its answer, ${how.ending}`,
    make: async ({ wires: { exchanges } }) => {
      const random = createRandom(CUTS)
      const trap = { marker: 'HTTP/1.1', ...how, when: () => random() < CUT_SHARE }
      const { sprung, remove } = exchanges.lay(trap)
      await expect
        .poll(() => sprung.length, { timeout: CUT_WITHIN_MS })
        .toBeGreaterThanOrEqual(CUTS)
      remove()
    },
  }
}

function anExchangeWire(
  what: string,
  fault: Parameters<WiredParts['wires']['exchanges']['set']>[0],
): Trouble {
  return {
    name: `exchange: ${what}`,
    make: async ({ wires: { exchanges } }) => {
      await exchanges.set(fault)
      if (fault.kind === 'refuse') exchanges.cut()
    },
    felt: DOUBTS,
    mend: ({ wires: { exchanges } }) => exchanges.set({ kind: 'pass' }),
  }
}

/** A command of Redis with its arguments. */
type Words = readonly [string, ...string[]]

function aRedisSetting(what: string, make: Words, mend: Words): Trouble {
  return {
    name: `Redis: ${what}`,
    make: async (own) => {
      await askRedis(own, make)
      await buy(own)
    },
    mend: (own) => askRedis(own, mend),
  }
}

/** Asks the Redis itself, past any wire. */
export async function askRedis({ redis }: OwnParts, [name, ...rest]: Words): Promise<unknown> {
  const client = new Redis(redis.url, { maxRetriesPerRequest: 0 })
  try {
    return await client.call(name, ...rest)
  } finally {
    client.disconnect()
  }
}

async function redisPid(own: OwnParts): Promise<number> {
  const told = String(await askRedis(own, ['INFO', 'server']))
  return Number(/process_id:(\d+)/.exec(told)?.[1])
}

/** One purchase after the other, each approved sooner or later. */
async function buy(own: WiredParts): Promise<void> {
  for (let count = 0; count < PURCHASES; count += 1) await untilAnswered(own, ['approved'])
}

function signal(pids: readonly number[], name: 'SIGSTOP' | 'SIGCONT'): void {
  for (const pid of pids) process.kill(pid, name)
}

/** A postmaster and its children, each of which is a session of its own. */
function familyOf(pid: number): readonly number[] {
  const children = readdirSync('/proc').filter((name) => parentOf(name) === pid)
  return [pid, ...children.map(Number)]
}

function parentOf(name: string): number {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1])
  } catch {
    // No process, or not any more.
    return Number.NaN
  }
}
