import type { RailSet } from '@tolem/exchanges/compose'
import { createIssuer } from './banks/issuer.ts'
import { live } from './banks/lives.ts'
import { createMessages } from './banks/messages.ts'
import { createProcessor, type Processor } from './banks/processor.ts'
import { check, checkReversals, countOpen } from './checks/check.ts'
import type { Machine } from './machine/machine.ts'
import { createRandom } from './machine/random.ts'
import { createScheduler, type Scheduler } from './machine/scheduler.ts'
import { installVirtualHost } from './machine/virtual-host.ts'
import type { Database } from './sql/database.ts'
import { createExchanges, type Exchanges } from './world/exchange.ts'
import { createFaults, type Faults } from './world/faults.ts'
import { createHouse, type House, type HouseDeps } from './world/house.ts'
import { simulatedProgramme } from './world/programme.ts'

/** What to simulate. */
export type SeedPlan = {
  readonly seed: number
  readonly authorizations: number
  readonly plant?: (rails: RailSet) => RailSet
  /** Told of everything that happens. */
  readonly onLine?: (line: string) => void
}

/** What came of a seed. */
export type SeedResult = {
  readonly seed: number
  /** Of everything that was asked and answered, in its order: the same for the same seed. */
  readonly digest: string
  readonly steps: number
  readonly virtualMs: number
  readonly hits: ReadonlyMap<string, number>
  readonly processes: number
  readonly approved: number
  readonly declined: number
  readonly movements: number
  readonly violations: readonly string[]
  /** What happened last, for whoever looks for the reason. */
  readonly recent: readonly string[]
}

const PROGRAMME = simulatedProgramme()

/** With faults, for as long as lives may take; then without, until nothing is open. */
const LIVES_MAX_MS = 20 * 60_000
const SETTLE_MAX_MS = 10 * 60_000
const TROUBLE_MS = 25_000
const DRAIN_MS = 10_000

/** Longer than any hold. */
const HOLDS_MS = 8 * 24 * 3_600_000

type Stage = {
  readonly plan: SeedPlan
  readonly scheduler: Scheduler
  readonly database: Database
  readonly faults: Faults
  readonly exchanges: Exchanges
  readonly house: House
  readonly processor: Processor
  readonly bank: Machine
}

/** Runs one seed on an empty database: trouble, then healing, then the judgement. */
export async function simulateSeed(database: Database, plan: SeedPlan): Promise<SeedResult> {
  installVirtualHost()
  await database.empty()
  const random = createRandom(`seed ${plan.seed}`)
  const scheduler = createScheduler(random.fork('scheduler'), plan.onLine)
  const faults = createFaults(random.fork('faults'))
  const exchanges = createExchanges(scheduler)
  const parts = { random: random.fork('house'), scheduler, database, faults, exchanges }
  const deps: HouseDeps = { ...parts, programme: PROGRAMME, plant: plan.plant }
  const house = createHouse(deps)
  const bank = house.machineOf('bank')
  const processor = createProcessor({ machine: bank, scheduler, faults, house })
  const stage = { plan, scheduler, database, faults, exchanges, house, processor, bank }
  const violations = await tellingRejections(() => run(stage))
  const answers = processor.heard.filter(({ message }) => message.call === 'authorizations')
  const count = (text: string) =>
    new Set(answers.filter(({ answer }) => answer.body.includes(text)).map((one) => one.message))
      .size
  return {
    seed: plan.seed,
    digest: scheduler.digest().digest,
    steps: scheduler.digest().lines,
    virtualMs: scheduler.livedMs(),
    hits: faults.hits,
    processes: house.started(),
    approved: count('"decision":"approved"'),
    declined: count('"decision":"declined"'),
    movements: exchanges.bookings.length,
    violations,
    recent: scheduler.recent(),
  }
}

/** A rejection that nobody takes would end a service. */
async function tellingRejections(
  work: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const untaken: string[] = []
  const onRejection = (reason: unknown) => {
    untaken.push(`nobody took ${reason instanceof Error ? reason.stack : String(reason)}`)
  }
  process.on('unhandledRejection', onRejection)
  try {
    return [...(await work()), ...untaken]
  } finally {
    process.off('unhandledRejection', onRejection)
  }
}

async function run(stage: Stage): Promise<readonly string[]> {
  const { database, exchanges, house, processor } = stage
  const unsettled = await runTrouble(stage)
  await stop(stage)
  const unreversed = await checkReversals(database, processor.heard)
  if (unsettled.length === 0) unsettled.push(...(await runExpiry(stage)))
  const { bookings } = exchanges
  const contradictions = await check(database, { heard: processor.heard, bookings })
  return [
    ...unsettled,
    ...unreversed,
    ...house.mistakes,
    ...exchanges.wrongs,
    ...processor.wrongs,
    ...contradictions,
  ]
}

/** Everything at once, then no more faults, until all that was asked for is done. */
async function runTrouble(stage: Stage): Promise<string[]> {
  const { plan, scheduler, faults, house, processor, bank } = stage
  const issuer = createIssuer({ ...stage, banks: PROGRAMME.banks })
  await issuer.issue()
  const healAt = scheduler.now() + (TROUBLE_MS * plan.authorizations) / 100
  faults.begin()
  house.start()
  house.publish(() => scheduler.now() < healAt)
  issuer.change(() => scheduler.now() < healAt)
  scheduler.after(healAt - scheduler.now(), () => {
    faults.heal()
    issuer.heal()
  })
  let isOver = false
  const broken: string[] = []
  const messages = createMessages(bank.random.fork('messages'))
  const living = { cards: issuer.cards, messages, processor, random: bank.random.fork('lives') }
  bank.enter(() => {
    void live(living, plan.authorizations)
      .catch((error: unknown) => broken.push(String(error)))
      .finally(() => {
        isOver = true
      })
  })
  const hasEnded = await scheduler.runUntil(() => isOver, LIVES_MAX_MS)
  if (!hasEnded) broken.push('the banks’ messages were not answered in twenty minutes')
  await scheduler.runUntil(() => scheduler.now() >= healAt, LIVES_MAX_MS)
  return [...broken, ...(await settle(stage, 'debts'))]
}

/** Time goes on until nothing of it is open. */
async function settle(
  { scheduler, database }: Stage,
  what: 'debts' | 'holds',
): Promise<readonly string[]> {
  const end = scheduler.now() + SETTLE_MAX_MS
  for (;;) {
    const open = await countOpen(database, what)
    if (open === 0) return []
    if (scheduler.now() > end) return [`${open} ${what} are still open after ten minutes`]
    await scheduler.runUntil(() => false, 2_000)
  }
}

/** Weeks later what nobody cleared expires. */
async function runExpiry(stage: Stage): Promise<readonly string[]> {
  stage.scheduler.leap(HOLDS_MS)
  stage.house.start()
  stage.house.publish(() => false)
  const unexpired = await settle(stage, 'holds')
  const unsettled = await settle(stage, 'debts')
  await stop(stage)
  return [...unexpired, ...unsettled]
}

/** Everybody stops, and what was still on its way to the database comes to its end. */
async function stop({ house, scheduler }: Stage): Promise<void> {
  house.stop()
  await scheduler.runUntil(() => false, DRAIN_MS)
  scheduler.leap(0)
}
