import type { BenchCard } from './cards.ts'

/** What the benchmark tells the load generator, which runs in a process of its own. */
export type Order =
  | {
      readonly kind: 'set_up'
      readonly url: string
      readonly cards: readonly BenchCard[]
      readonly zipf: number
    }
  | { readonly kind: 'prepare'; readonly count: number }
  | { readonly kind: 'run'; readonly connections: number; readonly seconds: number }

/** What the load generator answers. */
export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'measured'; readonly measured: Measured }

/** What came of one closed loop: each connection sends its next message when it has the last one's answer. */
export type Measured = {
  readonly connections: number
  /** From the first message sent to the last answer. */
  readonly seconds: number
  readonly approvals: readonly Approval[]
  /** Declines by reason, problems by name, failures of the connection by message. */
  readonly declines: Readonly<Record<string, number>>
  readonly problems: Readonly<Record<string, number>>
  readonly errors: Readonly<Record<string, number>>
  /** Milliseconds, as the bank sees them. */
  readonly p50: number
  readonly p99: number
  readonly longest: number
  /** Messages that were not signed before the loop began. */
  readonly signedLate: number
}

/** An approval as the bank holds it in hand. */
export type Approval = {
  readonly id: string
  readonly exchange: string
  readonly asset: string
  readonly amount: string
}
