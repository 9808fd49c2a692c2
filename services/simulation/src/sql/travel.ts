import { connectionRefused, PostgresFault } from '@tolem/postgres/fault'
import type { Machine } from '../machine/machine.ts'
import type { Scheduler } from '../machine/scheduler.ts'
import { type FaultOf, type Faults, stateOfStatement } from '../world/faults.ts'
import type { Reply } from './connection.ts'
import type { Database } from './database.ts'
import type { Executor, Outcome } from './executor.ts'
import type { Notices } from './notices.ts'

/** What a process reaches its database through. */
export type PostgresWorld = {
  readonly scheduler: Scheduler
  readonly database: Database
  readonly executor: Executor
  readonly faults: Faults
  readonly notices: Notices
  readonly strike: (machine: Machine, fault: 'killed' | 'frozen') => void
}

/** One statement on its way there. */
export type Journey = {
  /** Does this fault keep it from arriving? */
  readonly isSkipped: (fault: StatementFault | undefined) => boolean
  readonly arrive: (onDone: (outcome: Outcome) => void) => Promise<void>
}

type StatementFault = FaultOf<'statement'>

/** What a client adds to the server's own limit. */
const REPLY_GRACE_MS = 250

const NEVER_ARRIVES = new Set<StatementFault>(['refused', 'failed', 'lost', 'killed_before'])

/** The reply to what gives no rows. */
export const NOTHING: Reply = { rows: [], notices: [] }

/** Is what meets this fault never run? */
export function neverArrives(fault: StatementFault | undefined): boolean {
  return fault !== undefined && NEVER_ARRIVES.has(fault)
}

/** Sends statements of one process on their way, and brings back what they came to, or what went wrong. */
export function createTravel(
  world: PostgresWorld,
  machine: Machine,
  { statementTimeoutMs }: { readonly statementTimeoutMs: number },
): (name: string, journey: Journey) => Promise<Reply> {
  const { scheduler } = world
  const { random } = machine

  /** What the client makes of a fault on the way there; nothing where it hears of none. */
  function faultOnTheWay(name: string, fault: StatementFault | undefined): unknown {
    if (fault === 'refused') return connectionRefused(new Error('refused'))
    if (fault === 'failed') return failedAs(random.chance(0.5) ? 'serialization' : 'timeout')
    return fault === 'lost' ? lostAnswer(name) : undefined
  }

  function depart(name: string, fault: StatementFault | undefined): void {
    scheduler.note(`${machine.name} asks ${name} ${fault ?? ''}`)
    if (fault === 'killed_before') world.strike(machine, 'killed')
  }

  function thereMs(fault: StatementFault | undefined): number {
    const slowMs = fault === 'slow' ? random.between(20, statementTimeoutMs * 0.9) : 0
    return slowMs + latency(random.next)
  }

  /** What happens to the process as its statement is done. */
  function strike(fault: StatementFault | undefined): void {
    if (fault === 'killed_after') world.strike(machine, 'killed')
    if (fault === 'frozen') world.strike(machine, 'frozen')
  }

  function tell(name: string, outcome: Outcome): void {
    scheduler.note(`${machine.name} did ${name}: ${describe(outcome)}`)
    if (outcome.kind !== 'done') return
    for (const notice of outcome.reply.notices) world.notices.tell(notice)
  }

  return (name, journey) => {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>()
    const fault = world.faults.draw('statement', stateOfStatement(name))
    const silenceMs = random.chance(0.5) ? 0 : statementTimeoutMs + REPLY_GRACE_MS
    const fail = (error: unknown, afterMs: number) => machine.reach(afterMs, () => reject(error))
    depart(name, fault)
    const failure = faultOnTheWay(name, fault)
    if (failure !== undefined) fail(failure, fault === 'lost' ? silenceMs : latency(random.next))

    function back(outcome: Outcome): void {
      tell(name, outcome)
      strike(fault)
      if (outcome.kind === 'failed') fail(outcome.fault, latency(random.next))
      else if (fault === 'answer_lost') fail(lostAnswer(name), silenceMs)
      else machine.reach(latency(random.next), () => resolve(outcome.reply))
    }
    if (!journey.isSkipped(fault)) scheduler.after(thereMs(fault), () => journey.arrive(back))
    return promise
  }
}

function describe(outcome: Outcome): string {
  if (outcome.kind === 'done') return JSON.stringify(outcome.reply.rows)
  return outcome.fault instanceof PostgresFault ? outcome.fault.code : String(outcome.fault)
}

/** Mostly a millisecond, now and then thirty. */
function latency(next: () => number): number {
  const usual = 0.1 + 1.5 * next()
  return next() < 0.05 ? usual * 20 : usual
}

function failedAs(code: 'serialization' | 'timeout'): PostgresFault {
  return new PostgresFault(`simulated ${code}`, { code, maybeCommitted: false })
}

/** A statement was sent, and nobody knows what came of it. */
export function lostAnswer(name: string): PostgresFault {
  const details = { code: 'unavailable', maybeCommitted: true } as const
  return new PostgresFault(`statement ${name}: its answer is lost`, details)
}
