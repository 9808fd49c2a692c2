import { CRASH_POINTS, type CrashPoint } from '@tolem/crash-points'
import { createRandom } from '@tolem/testing/random'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CRASH_ROUNDS, SEED } from '../setup/numbers.ts'
import { audit } from '../support/audit.ts'
import { AUTHORIZER_POINTS, killAuthorizers } from '../support/crash/authorizer.ts'
import { CLEARING_POINT, killLoaders } from '../support/crash/clearing-file.ts'
import { CONVERSION_POINTS, killConversions } from '../support/crash/conversion.ts'
import { killSettlement, SETTLEMENT_POINTS } from '../support/crash/settlement.ts'
import { type Site, startSite } from '../support/crash/site.ts'
import { stopBeforeCredits } from '../support/crash/stop.ts'
import { createTable, VARIANTS } from '../support/crash/table.ts'
import { need } from '../support/own-parts.ts'

const random = createRandom(SEED)
const table = createTable()
let site: Site | undefined

/**
 * Three of the twenty are no part of a bank's message, and others kill there: at the reconciler's a settlement dies in
 * restored-database.test.ts, at the deliverer's in settlement's delivery/kills.integration.test.ts.
 */
const ELSEWHERE: readonly CrashPoint[] = [
  'reconcile.after_find',
  'deliver.after_claim',
  'deliver.after_send',
]

const MET: readonly CrashPoint[] = [
  ...AUTHORIZER_POINTS,
  ...SETTLEMENT_POINTS,
  ...CONVERSION_POINTS,
  CLEARING_POINT,
]

/** A default run has time for one point of the authorizer and one of settlement, chosen by the seed. */
const FEW_ROUNDS = 2

beforeAll(async () => {
  site = await startSite(2, { table, random })
}, 120_000)

afterAll(() => site?.close())

test('every crash point is named here, or is one of those that are met elsewhere', () => {
  expect([...MET, ...ELSEWHERE].toSorted()).toEqual([...CRASH_POINTS].toSorted())
})

test('whoever dies wherever, each authorization has one end, one debit at most, and one answer', async (context) => {
  need(site, context)
  const points = CRASH_ROUNDS > 0 ? await meetAll(site) : await meetSome(site)
  const found = await audit(site.own.parts.databaseUrl, site.stack.sandbox)
  const counts = JSON.stringify({ ...found, mistakes: found.mistakes.length })
  process.stdout.write(`crash points (SEED=${SEED}): ${table.deaths()} deaths\n${table.print()}\n`)
  process.stdout.write(`audit: ${counts}\n`)
  expect([...table.mistakes, ...found.mistakes]).toEqual([])
  for (const point of points) {
    expect(table.deathsAt(point), `deaths at ${point}`).toBeGreaterThanOrEqual(1)
    for (const variant of VARIANTS)
      expect(table.rounds(point, variant)).toBeGreaterThanOrEqual(CRASH_ROUNDS || 1)
  }
}, 3_600_000)

test('a settlement that is stopped just before it sends its credits sends nothing once others did', async (context) => {
  need(site, context)
  expect(await stopBeforeCredits(site)).toEqual([])
}, 120_000)

async function meetAll(running: Site): Promise<readonly CrashPoint[]> {
  await timed('authorizer', () => killAuthorizers(running, AUTHORIZER_POINTS, CRASH_ROUNDS))
  for (const point of SETTLEMENT_POINTS)
    await timed(point, () => killSettlement(running, point, { rounds: CRASH_ROUNDS }))
  await timed(CLEARING_POINT, () => killLoaders(running, CRASH_ROUNDS))
  await timed('conversions', () => killConversions(running, CONVERSION_POINTS, CRASH_ROUNDS))
  return MET
}

/** A long run tells how far it is, and what is wrong as soon as it is known. */
async function timed(name: string, work: () => Promise<void>): Promise<void> {
  const startedAt = performance.now()
  await work()
  const seconds = Math.round((performance.now() - startedAt) / 1_000)
  const wrong = table.mistakes.length
  process.stdout.write(`${name}: ${seconds} s, ${table.deaths()} deaths, ${wrong} mistakes\n`)
}

async function meetSome(running: Site): Promise<readonly CrashPoint[]> {
  const first = AUTHORIZER_POINTS[SEED % AUTHORIZER_POINTS.length] ?? AUTHORIZER_POINTS[0]
  const second = SETTLEMENT_POINTS[SEED % SETTLEMENT_POINTS.length] ?? 'settle.after_write'
  await killAuthorizers(running, [first], FEW_ROUNDS)
  await killSettlement(running, second, { rounds: FEW_ROUNDS, most: 1 })
  return [first, second]
}
