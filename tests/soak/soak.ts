import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createRandom } from '@tolem/testing/random'
import { type Comparison, checkHistory, violationsIn } from '../checker/check.ts'
import { type Audit, audit, isSettled, untilSettled } from '../support/audit.ts'
import { databaseStrikes } from './faults/databases.ts'
import { exchangeStrikes } from './faults/exchanges.ts'
import { processStrikes, revive } from './faults/processes.ts'
import type { Strike } from './faults/strike.ts'
import { wireStrikes } from './faults/wires.ts'
import type { SoakHouse } from './house.ts'
import { createProcessor } from './processor.ts'
import { createRecorder, type Recorder } from './recorder.ts'
import { strikeOn } from './schedule.ts'
import { newTally, type Tally } from './tally.ts'
import { live } from './traffic.ts'

/** How long, how hard, and what is allowed. */
export type SoakPlan = {
  readonly seed: number
  readonly seconds: number
  /** Authorizations begun in a second. */
  readonly rate: number
  readonly faultEveryMs: number
  readonly longestFreezeMs: number
  /** What every bank gives us for an answer. */
  readonly budgetMs: number
  /** What a machine shared with all of this may add to a bank's budget. */
  readonly toleranceMs: number
}

/** What a soak did and found. */
export type Soaked = {
  readonly tally: Tally
  readonly history: string
  /** From the end of the last fault until nothing was open, in milliseconds. */
  readonly settledInMs: number
  readonly comparison: Comparison
  readonly audit: Audit
  /** All that broke a promise, by whoever found it. */
  readonly violations: readonly string[]
}

const LOOKS_EVERY_MS = 1_000
const SETTLES_WITHIN_MS = 60_000
const REFILL_EVERY_MS = 5_000

/** Lets banks buy while one thing after the other goes wrong, heals all, waits, and compares the three views of it. */
export async function soak(house: SoakHouse, plan: SoakPlan): Promise<Soaked> {
  const history = join(tmpdir(), `tolem-soak-${plan.seed}-${process.pid}.ndjson`)
  await rm(history, { force: true })
  const recorder = createRecorder(history)
  const tally = newTally()
  const { demo, urls, own, cards } = house
  const giveUp = new AbortController()
  const processor = createProcessor({
    demo,
    urls,
    recorder,
    tally,
    budgetMs: plan.budgetMs,
    giveUp: giveUp.signal,
  })
  const stop = new AbortController()
  const traffic = { cards, processor, tally, random: createRandom(plan.seed) }
  const living = live(traffic, plan.rate, stop.signal)
  const watching = watch(house, tally)
  await trouble(house, { recorder, plan, tally })
  const healedAt = performance.now()
  stop.abort()
  const patience = setTimeout(() => giveUp.abort(), SETTLES_WITHIN_MS)
  await living
  await processor.idle()
  clearTimeout(patience)
  const left = SETTLES_WITHIN_MS - (performance.now() - healedAt)
  const open = await untilSettled(own.parts.databaseUrl, Math.max(Math.round(left), 1)).then(
    () => [],
    (error: unknown) => [String(error)],
  )
  const settledInMs = performance.now() - healedAt
  clearInterval(watching)
  if (open.length === 0) await rest(house)
  await processor.close()
  await recorder.close()
  const comparison = await checkHistory({
    bank: history,
    database: own.parts.databaseUrl,
    sandbox: demo.sandboxUrl,
    budgetMs: plan.budgetMs,
    toleranceMs: plan.toleranceMs,
  })
  const audited = await audit(own.parts.databaseUrl, own.stack.sandbox)
  const violations = [
    ...tally.mistakes,
    ...open,
    ...violationsIn(comparison),
    ...audited.mistakes.map((mistake) => `audit: ${mistake}`),
  ]
  return { tally, history, settledInMs, comparison, audit: audited, violations }
}

/**
 * What a wallet refused to pay is asked for again at any time: nothing moves any more once whoever asks has ended,
 * having finished what was under way.
 */
async function rest({ settlements, own }: SoakHouse): Promise<void> {
  for (const settlement of settlements) await settlement.stop('SIGTERM')
  while (!(await isSettled(own.parts.databaseUrl))) {
    for (const settlement of settlements) await settlement.start()
    await untilSettled(own.parts.databaseUrl, SETTLES_WITHIN_MS)
    for (const settlement of settlements) await settlement.stop('SIGTERM')
  }
}

/** Resolves when the time is over and everything is whole again. */
async function trouble(
  house: SoakHouse,
  run: { readonly recorder: Recorder; readonly plan: SoakPlan; readonly tally: Tally },
): Promise<void> {
  const { recorder, plan, tally } = run
  const strikes: readonly Strike[] = [
    ...processStrikes(house, recorder, plan.longestFreezeMs),
    ...databaseStrikes(house),
    ...exchangeStrikes(house),
    ...wireStrikes(house),
  ]
  const over = new AbortController()
  const striking = strikeOn(strikes, {
    everyMs: plan.faultEveryMs,
    random: createRandom(plan.seed + 1),
    stop: over.signal,
    tally,
    recorder,
  })
  const endsAt = performance.now() + plan.seconds * 1_000
  while (performance.now() < endsAt) {
    await delay(Math.min(REFILL_EVERY_MS, Math.max(endsAt - performance.now(), 0)))
    await house.refill()
  }
  over.abort()
  await striking
  await house.own.stack.sandbox.liftFaults()
}

/** A service that ends though nothing killed it has broken its promise. It is started again, or all would stop. */
function watch(house: SoakHouse, tally: Tally): NodeJS.Timeout {
  const { authorizers, settlements, own } = house
  const services = [...authorizers, ...settlements, own.parts.rates]
  const seen = new Set<number>()
  return setInterval(() => {
    for (const service of services) {
      const fate = service.fate()
      if (fate === undefined) continue
      const pid = service.pid()
      // Whoever kills a service may be about to start it again: only what stays so is a fate.
      if (!seen.has(pid)) seen.add(pid)
      else {
        tally.mistakes.push(fate)
        void service.stop('SIGKILL').then(() => revive(service))
      }
    }
  }, LOOKS_EVERY_MS)
}
