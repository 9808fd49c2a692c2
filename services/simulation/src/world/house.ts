import { type AuthorizerLogic, openAuthorizerLogic } from '@tolem/authorizer/logic'
import type { RailSet } from '@tolem/exchanges/compose'
import type { Postgres } from '@tolem/postgres/pool'
import type { Programme } from '@tolem/programme/schema'
import { type Bus, createLocalBus } from '@tolem/redis/bus'
import { composeSettlement } from '@tolem/settlement/compose'
import type { Machine } from '../machine/machine.ts'
import type { Random } from '../machine/random.ts'
import type { Scheduler } from '../machine/scheduler.ts'
import type { Database } from '../sql/database.ts'
import { createExecutor } from '../sql/executor.ts'
import { createNotices } from '../sql/notices.ts'
import { createSimulatedPostgres, type PostgresLimits } from '../sql/simulated-postgres.ts'
import type { Exchanges } from './exchange.ts'
import type { Faults } from './faults.ts'
import { createOrchestrator } from './orchestrator.ts'
import { AUTHORIZER_CONFIG, SECRET, SETTLEMENT_CONFIG } from './programme.ts'
import { createSimulatedRails } from './rail-port.ts'
import { createSimulatedBus, publishRates } from './rates.ts'
import { SILENT_LOGGER, SILENT_METRICS } from './silence.ts'

/** An authorizer that takes messages. */
export type Authorizer = { readonly machine: Machine; readonly logic: AuthorizerLogic }

/** Two authorizers and two settlements on one database, one bus and all exchanges. */
export type House = {
  readonly authorizers: () => readonly Authorizer[]
  /** A database port for what is no service of ours. */
  readonly postgresOf: (machine: Machine) => Postgres
  /** A process of its own, with a clock that is right. */
  readonly machineOf: (name: string) => Machine
  /** Starts processes, and successors of those that die. */
  readonly start: () => void
  /** Publishes rates from now on, now and then none for a while. */
  readonly publish: (isTroubled: () => boolean) => void
  /** Ends every process, and starts no successors. */
  readonly stop: () => void
  /** How many processes were started, and what nobody expected of them. */
  readonly started: () => number
  readonly mistakes: readonly string[]
}

/** What a simulated house stands on. */
export type HouseDeps = {
  readonly random: Random
  readonly scheduler: Scheduler
  readonly database: Database
  readonly faults: Faults
  readonly exchanges: Exchanges
  readonly programme: Programme
  /** Lays something over the rails of a process: a mistake that must be found. */
  readonly plant?: ((rails: RailSet) => RailSet) | undefined
}

const AUTHORIZER_LIMITS = { statementTimeoutMs: 2_000, lockTimeoutMs: 150 }
const SETTLEMENT_LIMITS = { statementTimeoutMs: 5_000, lockTimeoutMs: 1_000 }

const RATES_EVERY_MS = 3_000

export function createHouse(deps: HouseDeps): House {
  const { random, scheduler } = deps
  const bus = createLocalBus(scheduler)
  const orchestrator = createOrchestrator(deps)
  const { strike, machineOf } = orchestrator
  const executor = createExecutor(deps)
  const notices = createNotices(random.fork('notices'), deps.faults)
  const world = { ...deps, executor, notices, strike }
  const rooms: Rooms = {
    programme: deps.programme,
    busOf: (machine) => createSimulatedBus(bus, machine),
    postgresOf: (machine, limits) => createSimulatedPostgres(world, machine, limits),
    railsOf(machine) {
      const rails = createSimulatedRails(world, machine)
      return deps.plant?.(rails) ?? rails
    },
    authorizers: new Map(),
    mistakes: [],
  }
  return {
    authorizers: () =>
      [...rooms.authorizers.values()].filter(({ machine }) => machine.state() !== 'dead'),
    postgresOf: (machine) => rooms.postgresOf(machine, SETTLEMENT_LIMITS),
    machineOf: (name) => machineOf(name, 0),
    start() {
      orchestrator.begin()
      for (const name of ['authorizer-1', 'authorizer-2'])
        orchestrator.keep(name, (machine) => openAuthorizer(rooms, machine))
      for (const name of ['settlement-1', 'settlement-2'])
        orchestrator.keep(name, (machine) => openSettlement(rooms, machine))
    },
    publish: (isTroubled) =>
      publishOn(deps, { bus, isTroubled, isOver: () => !orchestrator.isRunning() }),
    stop() {
      orchestrator.stop()
      rooms.authorizers.clear()
    },
    started: orchestrator.started,
    mistakes: rooms.mistakes,
  }
}

/** What processes are opened with. */
type Rooms = {
  readonly programme: Programme
  readonly busOf: (machine: Machine) => Bus
  readonly postgresOf: (machine: Machine, limits: PostgresLimits) => Postgres
  readonly railsOf: (machine: Machine) => RailSet
  readonly authorizers: Map<string, Authorizer>
  readonly mistakes: string[]
}

function openAuthorizer(rooms: Rooms, machine: Machine): () => Promise<void> {
  const { programme, authorizers, mistakes } = rooms
  const opened = {
    postgres: rooms.postgresOf(machine, AUTHORIZER_LIMITS),
    rails: rooms.railsOf(machine),
  }
  const parts = {
    config: AUTHORIZER_CONFIG,
    programme,
    bus: rooms.busOf(machine),
    readSecret: () => SECRET,
    opened,
    remembered: { cards: 100, nonces: 5_000 },
  }
  const logic = openAuthorizerLogic(parts, (error) => mistakes.push(tell(machine, error)))
  authorizers.delete(machine.name)
  return async () => {
    await logic.start()
    authorizers.set(machine.name, { machine, logic })
  }
}

function openSettlement(rooms: Rooms, machine: Machine): () => Promise<void> {
  const settlement = composeSettlement({
    config: SETTLEMENT_CONFIG,
    postgres: rooms.postgresOf(machine, SETTLEMENT_LIMITS),
    bus: rooms.busOf(machine),
    programme: rooms.programme,
    rails: rooms.railsOf(machine),
    logger: SILENT_LOGGER,
    metrics: SILENT_METRICS,
    random: machine.random.next,
  })
  return settlement.start
}

type Publishing = {
  readonly bus: Bus
  readonly isTroubled: () => boolean
  readonly isOver: () => boolean
}

function publishOn(
  { scheduler, random }: HouseDeps,
  { bus, isTroubled, isOver }: Publishing,
): void {
  const turn = async (): Promise<void> => {
    if (isOver()) return
    await publishRates(bus, scheduler)
    const isSilent = isTroubled() && random.chance(0.03)
    scheduler.after(isSilent ? random.between(10_000, 15_000) : RATES_EVERY_MS, turn)
  }
  scheduler.after(0, turn)
}

function tell(machine: Machine, error: unknown): string {
  return `${machine.name} did not expect ${error instanceof Error ? error.stack : String(error)}`
}
