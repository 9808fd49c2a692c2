import { cpus, type as system, totalmem } from 'node:os'
import type { Database } from './database.ts'
import { rateOf, type Step, total } from './measure.ts'
import type { BenchOptions } from './options.ts'
import type { Stack } from './stack.ts'
import { TPCB_CLIENTS, type Tpcb } from './tpcb.ts'
import type { Verification } from './verify.ts'

/** Everything that a run found: what `--json` prints. Times in milliseconds, memory in bytes, shares in cores. */
export type Figures = ReturnType<typeof toFigures>

const SANDBOX =
  'the sandbox in a process of its own, in memory, its rate limits raised beyond reach'
const SIGNED =
  'distinct signed purchases of five banks, two of which sign by ed25519, at both exchanges'

type Found = {
  readonly options: BenchOptions
  readonly database: Database
  readonly stack: Stack
  readonly tpcb: Tpcb
  readonly steps: readonly Step[]
  readonly verification: Verification
}

export function toFigures({ options, database, stack, tpcb, steps, verification }: Found) {
  const tps = mean(steps.map((step) => step.tps))
  const rates = steps.map((step) => rateOf(step.measured))
  const best = Math.max(...rates)
  return {
    ratio: best / tps,
    authorizationsPerSecond: best,
    pgbench: { tps, clients: TPCB_CLIENTS, tool: tpcb.tool },
    steps: steps.map((step) => toStepFigures(step, tps)),
    verification,
    machine: describeMachine(),
    database: database.description,
    stack: [stack.description, SANDBOX],
    traffic: [SIGNED, `${options.cards} cards, used by Zipf's law with exponent ${options.zipf}`],
  }
}

function toStepFigures({ measured, own, cpu, residentBytes, tps }: Step, meanTps: number) {
  const approved = measured.approvals.length
  const declined = total(measured.declines)
  const rate = rateOf(measured)
  return {
    connections: measured.connections,
    seconds: measured.seconds,
    authorizationsPerSecond: rate,
    ratio: rate / meanTps,
    p50Ms: measured.p50,
    p99Ms: measured.p99,
    longestMs: measured.longest,
    approved,
    declined,
    approvedPercent: (100 * approved) / Math.max(1, approved + declined),
    declines: measured.declines,
    problems: measured.problems,
    errors: measured.errors,
    signedLate: measured.signedLate,
    cpu,
    authorizer: { residentBytes, ...own },
    pgbenchTpsAfterwards: tps,
  }
}

function describeMachine(): string {
  const processors = cpus()
  return [
    `${processors.length} × ${processors[0]?.model.trim()}`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system(),
    `Node ${process.versions.node}`,
  ].join(', ')
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
