import type { Measured } from './generator-protocol.ts'
import type { LoadGenerator } from './load-generator.ts'
import type { BenchOptions } from './options.ts'
import { compareScrapes, type OwnView, scrape } from './scrape.ts'
import type { Stack } from './stack.ts'
import type { Tpcb } from './tpcb.ts'
import { type CpuShares, type Process, residentBytes, watchCpu } from './usage.ts'

/** One number of connections, measured. */
export type Step = {
  readonly measured: Measured
  readonly own: OwnView
  /** In cores. */
  readonly cpu: CpuShares
  /** Of the authorizer, right after. */
  readonly residentBytes: number | undefined
  /** What pgbench reached right after. */
  readonly tps: number
}

type Parts = {
  readonly options: BenchOptions
  readonly stack: Stack
  readonly generator: LoadGenerator
  readonly postgresPid: number | undefined
  readonly tpcb: Tpcb
  readonly say: (line: string) => void
}

/** Long enough for the compiler to have seen the path and for the pools to have opened their connections. */
const WARM_UP_SECONDS = 2

/** pgbench's clock runs while it connects, and on a busy machine 64 connections take a second. */
const SHORTEST_PGBENCH_SECONDS = 3

/** A signature is good for a minute; nothing may be signed so early that it comes too late. */
const PREPARE_AT_MOST_SECONDS = 25

/**
 * Measures each number of connections, with a part of pgbench after each: a machine that others use as well is not the
 * same machine a minute later.
 */
export async function measureAll(parts: Parts): Promise<readonly [Measured, readonly Step[]]> {
  const { options, generator, say } = parts
  const seconds = Math.min(WARM_UP_SECONDS, options.seconds)
  say(`warming up for ${seconds} s`)
  const warmUp = await generator.run(Math.min(64, ...options.connections), seconds)
  let rate = rateOf(warmUp)
  const steps: Step[] = []
  for (const connections of options.connections) {
    say(`${connections} connections for ${options.seconds} s`)
    // A quarter more than the last rate; what is missing is signed while it runs, which is only slower.
    const prepared = rate * Math.min(options.seconds, PREPARE_AT_MOST_SECONDS) * 1.25
    await generator.prepare(Math.ceil(prepared))
    const step = await measureStep(parts, connections)
    rate = Math.max(rate, rateOf(step.measured))
    steps.push(step)
  }
  return [warmUp, steps]
}

async function measureStep(parts: Parts, connections: number): Promise<Step> {
  const { options, stack, generator, tpcb, say } = parts
  const before = await scrape(stack.adminUrl)
  const cpuSince = watchCpu(processesOf(parts))
  const measured = await generator.run(connections, options.seconds)
  const cpu = cpuSince()
  const own = compareScrapes(before, await scrape(stack.adminUrl))
  const memory = residentBytes(stack.authorizerPid)
  const seconds = Math.max(SHORTEST_PGBENCH_SECONDS, Math.round(options.seconds / 2))
  say(`pgbench for ${seconds} s`)
  return { measured, own, cpu, residentBytes: memory, tps: await tpcb.run(seconds) }
}

function processesOf({ stack, generator, postgresPid }: Parts): ReadonlyMap<string, Process> {
  return new Map([
    ...stack.processes,
    ['load generator', { pid: generator.pid, withChildren: false }],
    ...(postgresPid === undefined
      ? []
      : [['PostgreSQL', { pid: postgresPid, withChildren: true }] as const]),
  ])
}

/** Authorizations decided in a second, approved or declined. */
export function rateOf({ approvals, declines, seconds }: Measured): number {
  return (approvals.length + total(declines)) / seconds
}

/** All counts together. */
export function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}
