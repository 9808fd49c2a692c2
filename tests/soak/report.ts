import { describeComparison } from '../checker/check.ts'
import type { Soaked, SoakPlan } from './soak.ts'
import { listCounts } from './tally.ts'

/** What a soak did and found, as a person reads it. */
export function describeSoak(soaked: Soaked, plan: SoakPlan): string {
  const { tally, audit, comparison, settledInMs, violations } = soaked
  const { mistakes, ...counts } = audit
  return [
    describeComparison(comparison),
    `seed ${plan.seed}, ${plan.seconds} s, ${plan.rate} authorizations a second, a fault every ${plan.faultEveryMs} ms`,
    `authorizations: ${tally.authorizations}; calls: ${listCounts(tally.calls)}`,
    `faults: ${sum(tally.faults)}: ${listCounts(tally.faults)}`,
    `answers: ${listCounts(tally.answers)}`,
    `slowest answer ${Math.round(tally.slowestMs)} ms; ${tally.late} later than the budget by the bank's clock`,
    `settled ${(settledInMs / 1_000).toFixed(1)} s after healing`,
    `audit: ${JSON.stringify(counts)}, ${mistakes.length} mistakes`,
    `history: ${soaked.history}`,
    ...violations.map((violation) => `VIOLATION ${violation}`),
    `${violations.length} violations`,
    '',
  ].join('\n')
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((so, count) => so + count, 0)
}
