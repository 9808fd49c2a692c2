import type { Flooded } from './flood-protocol.ts'
import type { Timed } from './timed.ts'
import type { Verification } from './verify.ts'

/** What one run of `npm run test:overload` found. Rates a second. */
export type Overload = {
  /** What can be done, measured before the flood and after it. */
  readonly before: number
  readonly after: number
  /** What came in the flood. */
  readonly rate: number
  readonly flood: Flooded
  /** Right after the flood, at a rate that can be done. */
  readonly recovery: Flooded
  readonly gentle: number
  /** Too much again, nearly all of it from one bank. */
  readonly noisy: Flooded
  readonly verification: Verification
  /** Who had which processors. */
  readonly cores: string
}

const GOODPUT = 0.9
const REFUSED_WITHIN_MS = 50
const RECOVERED_WITHIN_S = 10
/** Of the messages of the banks that stay below their share, so many must be decided while another floods. */
const QUIET_DECIDED = 0.95

/** Decisions inside the budget, of what can be done: by both measures, as the machine changes from minute to minute. */
export function goodputShare({ before, after, flood }: Overload): number {
  const { decided, seconds } = flood
  return (decided.count - decided.late) / seconds / ((before + after) / 2)
}

/** Seconds until, from then on, nearly everything that came was decided. */
export function recoverySeconds({ recovery, gentle }: Overload): number {
  const { decidedBySecond, seconds } = recovery
  const last = decidedBySecond.slice(0, seconds).findLastIndex((count) => count < gentle * 0.9)
  return last + 1
}

/** Of the messages of each bank, what share was decided; the noisy one is the first. */
export function decidedShares({ noisy }: Overload): readonly (readonly [string, number])[] {
  return Object.entries(noisy.banks).map(([bank, { sent, decided }]) => [
    bank,
    decided / Math.max(1, sent),
  ])
}

/** The promises that were not kept. */
export function judge(found: Overload): readonly string[] {
  const quiet = decidedShares(found).slice(1)
  const { flood, verification } = found
  const promises: readonly (readonly [boolean, string])[] = [
    [goodputShare(found) >= GOODPUT, `goodput is at least ${100 * GOODPUT} % of what can be done`],
    [flood.refused.p99 < REFUSED_WITHIN_MS, `refused within ${REFUSED_WITHIN_MS} ms at p99`],
    [recoverySeconds(found) <= RECOVERED_WITHIN_S, `recovered within ${RECOVERED_WITHIN_S} s`],
    [quiet.every(([, share]) => share >= QUIET_DECIDED), 'no bank starves for another one'],
    [Object.keys(flood.others).length === 0, 'nothing but decisions and refusals'],
    [verification.isRight, 'every approval has exactly one debit'],
  ]
  return promises.filter(([isKept]) => !isKept).map(([, promise]) => promise)
}

/** The run as a person reads it. */
export function describeOverload(found: Overload): string {
  const { before, after, rate, flood, recovery, noisy, verification } = found
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`
  const times = ({ count, p50, p99, longest }: Timed) =>
    `${count}, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, longest ${longest.toFixed(0)} ms`
  const shares = decidedShares(found).map(([bank, share]) => `${bank} ${percent(share)}`)
  return `
  can be done ${before.toFixed(0)} a second before, ${after.toFixed(0)} after
  flood       ${rate} a second for ${flood.seconds} s, ${flood.sent} sent
  goodput     ${percent(goodputShare(found))} of what can be done
  decided     ${times(flood.decided)}, late ${flood.decided.late}
  refused     ${times(flood.refused)}
  banks       their own process was late: ${times(flood.ownDelay)}
  others      ${JSON.stringify(flood.others)}
  recovery    ${recoverySeconds(found)} s; decided ${times(recovery.decided)}; refused ${recovery.refused.count}
  one noisy   decided of what each sent: ${shares.join(', ')}
              decided ${times(noisy.decided)}; refused ${times(noisy.refused)}
  right       ${verification.debitedOnce} of ${verification.approvals} approvals have exactly one debit`
}
