import type { WalletLink } from '@tolem/domain/card'
import type { MovementReference } from '@tolem/domain/ids'
import type { CreditOrder, DebitOrder, DebitResult } from '@tolem/domain/movement'
import type { Amount } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import type { CallLimit, LookUpSpan, RailPort } from '../port.ts'

/** What a rail is tried on: a real wallet at a sandbox or a live exchange, and small amounts that may move. */
export type Bench = {
  readonly rail: RailPort
  readonly wallet: WalletLink
  readonly asset: CryptoAsset
  /** What each trial moves: a multiple of the rail's step, and so little that nobody minds. */
  readonly amount: Amount<CryptoAsset>
  /** More than the wallet holds, where it is known; absent: nothing is tried beyond the balance. */
  readonly tooMuch?: Amount<CryptoAsset>
  /** A reference that was never used before. */
  readonly newReference: (kind: 'debit' | 'credit') => MovementReference
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly sleep: (ms: number) => Promise<void>
  /** What the exchange itself says it moved under a reference; absent: nobody can be asked, balances must do. */
  readonly movements?: (reference: MovementReference) => Promise<readonly SeenMovement[]>
  /** Ways to make the exchange misbehave; absent at a live one. */
  readonly trouble?: Trouble
  /** How long is waited between two checks, so that they stay inside the exchange's limits of calls. */
  readonly paceMs: number
  /** How long one call may take; generous enough for the exchange's usual answer. */
  readonly limit: CallLimit
}

/** One movement as the exchange's own books have it. */
export type SeenMovement = {
  readonly kind: 'debit' | 'credit'
  readonly asset: string
  /** In our own smallest unit of the asset. */
  readonly amount: bigint
}

/** What can be asked of an exchange that misbehaves on demand. Each holds until {@link Trouble.calm}. */
export type Trouble = {
  /** It does not answer debits; `executed` says whether it does what was asked. */
  silence(executed: boolean): Promise<void>
  /** It answers debits too late for us, and executes them as late if it does not mind. */
  delay(ms: number): Promise<void>
  /** Its history does not show a movement until so long after it. */
  hideFor(ms: number): Promise<void>
  /** Its clock is ahead of ours by so much. */
  drift(ms: number): Promise<void>
  /** It answers a debit with something that cannot be read, having executed it. */
  garble(): Promise<void>
  /** It turns the next debit away and wants no call for so long. */
  ban(ms: number): Promise<void>
  /** How many calls came to it so far. */
  calls(): Promise<number>
  calm(): Promise<void>
}

/** What one check found. `not_run` says what the bench lacks for it. */
export type Finding = {
  readonly outcome: 'held' | 'broken' | 'not_run'
  readonly detail: string
}

/** One guarantee and the trial that proves it. A trial that throws has broken it. */
export type Check = {
  readonly name: string
  readonly guarantee: string
  run(bench: Bench): Promise<Finding>
}

export const held = (detail: string): Finding => ({ outcome: 'held', detail })
export const broken = (detail: string): Finding => ({ outcome: 'broken', detail })
export const notRun = (detail: string): Finding => ({ outcome: 'not_run', detail })

/** An order for the bench's amount under a new reference. */
export function newDebit(bench: Bench): DebitOrder {
  const { wallet, asset, amount } = bench
  return { reference: bench.newReference('debit'), wallet, asset, amount }
}

/** The credit that gives a debit back. */
export function creditOf(bench: Bench, debit: DebitOrder, result: DebitResult): CreditOrder {
  return {
    ...debit,
    reference: bench.newReference('credit'),
    debitReference: debit.reference,
    ...(result.kind === 'debited' && { debitExchangeReference: result.exchangeReference }),
  }
}

/** A span around now, as settlement would ask. */
export function spanAround(bench: Bench, sentAt: number): LookUpSpan {
  return { sentAfter: sentAt - 1_000, sentBefore: bench.now() + 1_000 }
}

/** When "not found" is the truth of an order sent at `sentAt`, in milliseconds from now. */
export function untilFinal({ rail, limit, now }: Bench, sentAt: number): number {
  const validUntil = sentAt + limit.timeoutMs
  return Math.max(0, validUntil + rail.capabilities.notFoundIsFinalAfterMs - now()) + 50
}

/** How often the exchange says it moved something under a reference; nothing where it cannot be asked. */
export async function timesMoved(
  bench: Bench,
  reference: MovementReference,
): Promise<number | undefined> {
  return bench.movements === undefined ? undefined : (await bench.movements(reference)).length
}

/** Does the exchange agree that so many movements bear the reference? Nothing to say where it cannot be asked. */
export async function flawInTimesMoved(
  bench: Bench,
  reference: MovementReference,
  times: number,
): Promise<string | undefined> {
  const seen = await timesMoved(bench, reference)
  if (seen === undefined || seen === times) return undefined
  return `the exchange moved ${seen} times under one reference, not ${times}`
}
