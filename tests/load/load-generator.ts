import type { BenchCard } from './cards.ts'
import { startChildGenerator } from './child-generator.ts'
import type { Cleanup } from './cleanup.ts'
import type { Measured, Order, Report } from './generator-protocol.ts'

/** The load generator in its own process. */
export type LoadGenerator = {
  readonly pid: number
  /** Signs so many messages in advance. */
  prepare(count: number): Promise<void>
  run(connections: number, seconds: number): Promise<Measured>
}

export async function startLoadGenerator(parts: {
  readonly url: string
  readonly cards: readonly BenchCard[]
  readonly zipf: number
  readonly cleanup: Cleanup
}): Promise<LoadGenerator> {
  const { url, cards, zipf, cleanup } = parts
  const { pid, order } = startChildGenerator<Order, Report>('generator.ts', cleanup)
  await order({ kind: 'set_up', url, cards, zipf })
  return {
    pid,
    async prepare(count) {
      await order({ kind: 'prepare', count })
    },
    async run(connections, seconds) {
      const report = await order({ kind: 'run', connections, seconds })
      if (report.kind !== 'measured') throw new Error('the load generator answered out of turn')
      return report.measured
    },
  }
}
