import { setTimeout as delay } from 'node:timers/promises'
import type { CrashPoint } from '@tolem/crash-points'
import type { End, Service } from '../../setup/service.ts'
import { isSettled, untilSettled } from '../audit.ts'
import { query } from '../ledger.ts'
import { type OwnParts, startOwnParts } from '../own-parts.ts'
import { NEVER_OPENS } from '../patient-programme.ts'
import { openStack, type Stack } from '../stack.ts'
import type { Table } from './table.ts'

/** What is due at once is worked on at once, and what a dead process held is free again soon. */
const QUICK = {
  LEASE_MS: '1500',
  CREDIT_TIMEOUT_MS: '800',
  DEBIT_TIMEOUT_MS: '800',
  CONVERSION_TIMEOUT_MS: '800',
  WEBHOOK_TIMEOUT_MS: '800',
  CONCURRENCY_PER_RAIL: '64',
  BACKOFF_FIRST_MS: '100',
  BACKOFF_LONGEST_MS: '1000',
  COLLECTION_BACKOFF_FIRST_MS: '300',
  COLLECTION_BACKOFF_LONGEST_MS: '600',
  COLLECTIONS_AT_ONCE: '64',
  EXPIRY_INTERVAL_MS: '300',
}

/** A deployment whose authorizer and settlement die again and again. */
export type Site = {
  readonly own: OwnParts
  /** The authorizer that lives, and the one that dies, each by its bank API. */
  readonly stack: Stack
  readonly victim: { readonly service: Service; readonly stack: Stack }
  readonly table: Table
  /** In [0, 1). */
  readonly random: () => number
  readonly close: () => Promise<void>
}

/** Starts it, or says why it cannot and gives nothing. */
export async function startSite(
  tests: number,
  { table, random }: Pick<Site, 'table' | 'random'>,
): Promise<Site | undefined> {
  const options = { environment: QUICK, exchange: { breaker: NEVER_OPENS } }
  const own = await startOwnParts(tests, options)
  if (!own) return undefined
  const { service, url } = await own.parts.anotherAuthorizer()
  const victim = { service, stack: openStack({ ...own.parts.demo, url }) }
  return {
    own,
    stack: own.stack,
    victim,
    table,
    random,
    async close() {
      await service.stop('SIGKILL')
      await victim.stack.close()
      await own.close()
    },
  }
}

/** Starts a settlement that is told nothing, in place of the one that ran last, and waits until nothing is open. */
export async function settle({ own }: Site): Promise<void> {
  const { settlement, databaseUrl } = own.parts
  await settlement.stop('SIGKILL')
  await settlement.start()
  await untilSettled(databaseUrl, SETTLES_WITHIN_MS)
  const patience = AbortSignal.timeout(SETTLES_WITHIN_MS)
  while (!(await isQuiet(databaseUrl)) && !patience.aborted) await delay(200)
}

const SETTLES_WITHIN_MS = 60_000

/** Is nothing open, and nothing owed: every wallet here can pay, if not at once? */
export async function isQuiet(databaseUrl: string): Promise<boolean> {
  const [owed] = await query(databaseUrl, "SELECT FROM exposure WHERE state <> 'closed' LIMIT 1")
  return owed === undefined && (await isSettled(databaseUrl))
}

/** How long a process may take to come to the point at which it dies. */
const DIES_WITHIN_MS = 20_000

/**
 * Waits for the death of a process that was told to die; gives how many were at the point then, or nothing where none
 * came there in time and it still lives.
 *
 * @throws when it ended otherwise.
 */
export async function death(
  service: Service,
  point: CrashPoint,
  withinMs = DIES_WITHIN_MS,
): Promise<number | undefined> {
  const timer = new AbortController()
  const ended = await Promise.race([
    service.ended(),
    delay(withinMs, undefined, { signal: timer.signal }).catch(() => undefined),
  ])
  timer.abort()
  return ended && cameTo(point, ended)
}

/** How many had come to the point at which a process died. */
export function cameTo(
  point: CrashPoint,
  { printed, ...end }: End & { readonly printed: string },
): number {
  const told = new RegExp(`CRASH_AT: ${point}, ([0-9]+) came\n`).exec(printed)
  if (end.signal !== 'SIGKILL' || !told)
    throw new Error(`not dead at ${point}: ${JSON.stringify(end)}\n${printed}`)
  return Number(told[1])
}
