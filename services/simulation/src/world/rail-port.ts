import type {
  CreditOrder,
  CreditResult,
  DebitOrder,
  DebitResult,
  LookUpResult,
} from '@tolem/domain/movement'
import { accept } from '@tolem/domain/outcome'
import type { RailSet } from '@tolem/exchanges/compose'
import type { CallLimit, RailPort } from '@tolem/exchanges/port'
import { timeLeft } from '@tolem/exchanges/time-left'
import { amountOf } from '@tolem/money/amount'
import type { Machine } from '../machine/machine.ts'
import type { Scheduler } from '../machine/scheduler.ts'
import { type Booking, type ExchangeRail, type Exchanges, FINAL_AFTER_MS } from './exchange.ts'
import { type FaultOf, type Faults, type RailCall, stateOfCall } from './faults.ts'

/** What a process reaches the exchanges through. */
export type RailWorld = {
  readonly scheduler: Scheduler
  readonly exchanges: Exchanges
  readonly faults: Faults
  readonly strike: (machine: Machine, fault: 'killed' | 'frozen') => void
}

/** The rails of all exchanges, as one process finds them. */
export function createSimulatedRails(world: RailWorld, machine: Machine): RailSet {
  const ports = world.exchanges.rails.map((rail) => createPort(world, machine, rail))
  const railFor: RailSet['railFor'] = (exchange, name) =>
    ports.find((port) => port.exchange === exchange && port.rail === name)
  return {
    railFor,
    isClosed: () => false,
    conversionFor: () => undefined,
    mandatesFor: () => undefined,
    noticesFor: () => undefined,
    historyFor: () => undefined,
    keysFor: () => [],
    standings: () => [],
    start: async () => {},
    close: async () => {},
  }
}

/** How long a look-up may take. */
const LOOK_UP_MS = 4_000

function createPort(world: RailWorld, machine: Machine, rail: ExchangeRail): RailPort {
  const call = createCall(world, machine, rail)
  return {
    exchange: rail.exchange,
    rail: rail.rail,
    capabilities: rail.capabilities,
    stepOf: () => 1n,
    debit: (order, limit) => call<DebitResult>('debit', order, { ...DEBIT, ms: timeLeft(limit) }),
    credit: (order: CreditOrder, limit: CallLimit) =>
      call<CreditResult>('credit', order, { ...CREDIT, ms: timeLeft(limit) }),
    lookUpDebit: (order) =>
      call<LookUpResult>('lookUpDebit', order, { ...LOOK_UP, ms: LOOK_UP_MS }),
    lookUpCredit: (order) =>
      call<LookUpResult>('lookUpCredit', order, { ...LOOK_UP, ms: LOOK_UP_MS }),
    balances: async ({ wallet }) => {
      await Promise.resolve()
      return accept(
        wallet.assets.map((asset) => ({
          asset,
          amount: amountOf(asset, rail.balanceOf({ wallet }, asset)),
        })),
      )
    },
  }
}

/** What a kind of call answers. */
type Answers<Result> = {
  readonly yes: (order: DebitOrder) => Result
  readonly no: (why: 'insufficient_funds' | 'exchange_refused' | 'deadline_exceeded') => Result
  readonly unknown: (detail: string) => Result
}

const DEBIT: Answers<DebitResult> = {
  yes: ({ reference }) => ({ kind: 'debited', exchangeReference: `x-${reference}` }),
  no: (reason) => ({ kind: 'rejected', reason, detail: reason }),
  unknown: (detail) => ({ kind: 'in_doubt', detail }),
}

const CREDIT: Answers<CreditResult> = {
  yes: ({ reference }) => ({ kind: 'credited', exchangeReference: `x-${reference}` }),
  no: (detail) => ({ kind: 'rejected', detail }),
  unknown: (detail) => ({ kind: 'in_doubt', detail }),
}

const LOOK_UP: Answers<LookUpResult> = {
  yes: ({ reference }) => ({ kind: 'executed', exchangeReference: `x-${reference}` }),
  no: () => ({ kind: 'not_found' }),
  unknown: (detail) => ({ kind: 'unknown', detail }),
}

function createCall(world: RailWorld, machine: Machine, rail: ExchangeRail) {
  const { scheduler, faults } = world
  return async <Result>(
    name: RailCall,
    order: DebitOrder,
    answers: Answers<Result> & { readonly ms: number },
  ): Promise<Result> => {
    const { random } = machine
    const { promise, resolve } = Promise.withResolvers<Result>()
    if (answers.ms < 1) return answers.no('deadline_exceeded')
    const validUntil = scheduler.now() + answers.ms
    const fault = faults.draw('call', stateOfCall(name))
    const about = `${machine.name} ${name} ${order.reference}`
    scheduler.note(`${about} ${JSON.stringify(order.wallet)}${fault ? ` (${fault})` : ''}`)
    const answer = (result: Result, afterMs: number) =>
      machine.reach(afterMs, () => resolve(result))
    answer(answers.unknown('no answer'), answers.ms)
    if (fault === 'killed_before') world.strike(machine, 'killed')
    if (fault === 'lost' || fault === 'killed_before') return promise
    const thereMs = fault === 'slow' ? random.between(100, 1.5 * answers.ms) : random.between(2, 40)
    scheduler.after(thereMs, () => {
      const result = arrive(world, rail, { name, order, fault, validUntil, random, answers })
      scheduler.note(`${about}: ${JSON.stringify(result)}`)
      if (fault === 'killed_after') world.strike(machine, 'killed')
      if (fault === 'frozen') world.strike(machine, 'frozen')
      if (fault !== 'answer_lost' && result !== undefined) answer(result, random.between(2, 40))
    })
    return promise
  }
}

type Arrival<Result> = {
  readonly name: RailCall
  readonly order: DebitOrder
  readonly fault: FaultOf<'call'> | undefined
  readonly validUntil: number
  readonly random: Machine['random']
  readonly answers: Answers<Result>
}

/** What the exchange does and answers; nothing where it does not answer in time. */
function arrive<Result>(
  world: RailWorld,
  rail: ExchangeRail,
  arrival: Arrival<Result>,
): Result | undefined {
  const { name, order, fault, answers } = arrival
  if (name === 'debit' || name === 'credit') return move(world, rail, { ...arrival, kind: name })
  if (fault === 'server_error') return answers.unknown('HTTP 502')
  const kind = name === 'lookUpDebit' ? 'debit' : 'credit'
  return rail.find(kind, order) ? answers.yes(order) : answers.no('exchange_refused')
}

function move<Result>(
  { scheduler }: RailWorld,
  rail: ExchangeRail,
  { kind, order, fault, validUntil, random, answers }: Arrival<Result> & Pick<Booking, 'kind'>,
): Result | undefined {
  if (scheduler.now() > validUntil || fault === 'refused') return answers.no('exchange_refused')
  // Its history may lag behind, as far as it says; and so may the movement itself.
  const latest = validUntil + FINAL_AFTER_MS
  const later = random.between(scheduler.now(), latest)
  if (fault === 'executed_late') {
    scheduler.after(later - scheduler.now(), () => void rail.execute(kind, order, later))
    return undefined
  }
  if (fault === 'server_error' && random.chance(0.5)) return answers.unknown('HTTP 502')
  const moved = rail.execute(kind, order, random.chance(0.3) ? later : scheduler.now())
  if (fault === 'server_error') return answers.unknown('HTTP 504')
  return moved === 'moved' ? answers.yes(order) : answers.no('insufficient_funds')
}
