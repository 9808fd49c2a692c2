import type { BenchCard } from './cards.ts'
import type { Approval } from './generator-protocol.ts'
import type { Timed } from './timed.ts'

/** What the test of overload tells its generator, which runs in a process of its own. */
export type FloodOrder =
  | { readonly kind: 'set_up'; readonly url: string; readonly cards: readonly BenchCard[] }
  | { readonly kind: 'flood'; readonly flood: Flood }

/** Messages that come when they come, whatever became of those before them. */
export type Flood = {
  readonly seconds: number
  /** Messages a second. */
  readonly rate: number
  /** Of a hundred messages, so many are of the first bank; the rest is divided among the others. Absent: all alike. */
  readonly noisyPercent?: number
  /** Connections that may be open at once. A message that finds none free waits, and its time runs. */
  readonly connections: number
}

export type FloodReport =
  | { readonly kind: 'ready' }
  | { readonly kind: 'flooded'; readonly flooded: Flooded }

/** What became of a flood. Times in milliseconds, from when a message was due, as its bank sees it. */
export type Flooded = {
  readonly seconds: number
  readonly sent: number
  /** By bank. */
  readonly banks: Readonly<Record<string, BankShare>>
  /** Decisions, of which `late` came after the bank's budget. */
  readonly decided: Timed & { readonly late: number }
  /** Told to come again. */
  readonly refused: Timed
  /** Other problems by name, and connections that broke by message. */
  readonly others: Readonly<Record<string, number>>
  readonly approvals: readonly Approval[]
  /** By how much the banks' own process came late to what was due or had arrived: it is in every time above. */
  readonly ownDelay: Timed
  /** Decisions in each second of the flood. */
  readonly decidedBySecond: readonly number[]
}

export type BankShare = {
  readonly sent: number
  readonly decided: number
  readonly refused: number
}
