import type { Exchange } from './coins.ts'
import { createRandom } from './random.ts'

/** What can be made to go wrong. README.md says what each does at each exchange. */
export const FAULT_KINDS = [
  'delay',
  'timeout_before',
  'timeout_after',
  'reset_before',
  'reset_after',
  'error_5xx_before',
  'error_5xx_after',
  'insufficient',
  'pending',
  'pending_then_failed',
  'unknown_status',
  'duplicate_code',
  'not_found_yet',
  'garbage',
  'wrong_echo',
  'too_many_requests',
  'ban',
  'frozen_prices',
  'execute_twice',
  'notice_twice',
  'notice_late',
  'notice_bad_signature',
  'no_notice',
  'clock_drift',
] as const

export type FaultKind = (typeof FAULT_KINDS)[number]

/** What a fault can be laid on: calls, and the notices that an exchange sends unasked. */
export const FAULT_OPERATIONS = [
  'debit',
  'credit',
  'look_up',
  'balances',
  'prices',
  'convert',
  'mandate',
  'notice',
] as const

export type FaultOperation = (typeof FAULT_OPERATIONS)[number]

/** A fault as the control interface lays it. */
export type Fault = {
  readonly exchange: Exchange
  readonly operation: FaultOperation
  /** Only for this wallet; otherwise for all. */
  readonly wallet?: string
  readonly kind: FaultKind
  /** How many calls it still strikes; without it, until it is lifted. */
  readonly times?: number
  readonly delayMs: number
  /** Chance in [0, 1] that a call it fits is struck. */
  readonly probability: number
  /** Only for `duplicate_code`: was the operation executed behind the refusal? */
  readonly executes: boolean
}

/** Which call it is about to strike. */
export type Target = {
  readonly exchange: Exchange
  readonly operation: FaultOperation
  readonly wallet?: string
}

export type Faults = {
  /** Lays a fault; one with the same exchange, operation, wallet and kind is replaced. */
  put(fault: Fault): void
  list(): readonly Fault[]
  /** Lifts the faults that `matches` names. */
  lift(matches: (fault: Fault) => boolean): void
  /** The first fault, in the order they were laid, that strikes this call. Counts it. */
  strike(target: Target): Fault | undefined
  /** Is the exchange's price feed frozen? Counts nothing. */
  arePricesFrozen(exchange: Exchange): boolean
  /** By how much the exchange's clock is ahead of ours (ms), behind if negative. Counts nothing. */
  driftMs(exchange: Exchange): number
}

/** How long what is in progress takes when a fault does not say. */
export const PENDING_MS = 3_000

/** Is what it strikes in progress for a while? */
export function isPending(fault: Fault | undefined): fault is Fault & { kind: PendingKind } {
  return PENDING_KINDS.has(fault?.kind)
}

type PendingKind = 'pending' | 'pending_then_failed' | 'unknown_status'

const PENDING_KINDS: ReadonlySet<FaultKind | undefined> = new Set<PendingKind>([
  'pending',
  'pending_then_failed',
  'unknown_status',
])

/** `not_found_yet`: look-ups are answered from a replica that has not seen what was done at `at`. */
export function isHidden(at: number, fault: Fault | undefined, time: number): boolean {
  return fault?.kind === 'not_found_yet' && time < at + fault.delayMs
}

/** No faults at first. Choices by probability follow the seed. */
export function createFaults(seed: number): Faults {
  const random = createRandom(seed, 'faults')
  let laid: Fault[] = []
  const count = (fault: Fault) => {
    if (fault.times === undefined) return
    laid = laid.flatMap((each) => (each === fault ? countDown(each) : [each]))
  }
  return {
    put: (fault) => {
      laid = [...laid.filter((each) => !isSamePlace(each, fault)), fault]
    },
    list: () => laid,
    lift: (matches) => {
      laid = laid.filter((fault) => !matches(fault))
    },
    strike: (target) => {
      if (laid.length === 0) return undefined
      const fault = laid.find((each) => fits(each, target) && random() < each.probability)
      if (fault !== undefined) count(fault)
      return fault
    },
    driftMs: (exchange) =>
      laid.find((fault) => fault.kind === 'clock_drift' && fault.exchange === exchange)?.delayMs ??
      0,
    arePricesFrozen: (exchange) =>
      laid.some((fault) => fault.kind === 'frozen_prices' && fault.exchange === exchange),
  }
}

function countDown(fault: Fault): Fault[] {
  const times = (fault.times ?? 1) - 1
  return times > 0 ? [{ ...fault, times }] : []
}

function isSamePlace(one: Fault, other: Fault): boolean {
  return (
    one.exchange === other.exchange &&
    one.operation === other.operation &&
    one.wallet === other.wallet &&
    one.kind === other.kind
  )
}

/** Faults that last: they strike no single call. */
const STANDING: ReadonlySet<FaultKind> = new Set(['frozen_prices', 'clock_drift'])

function fits(fault: Fault, target: Target): boolean {
  return (
    fault.exchange === target.exchange &&
    fault.operation === target.operation &&
    !STANDING.has(fault.kind) &&
    (fault.wallet === undefined || fault.wallet === target.wallet)
  )
}
