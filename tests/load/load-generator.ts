import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { BenchCard } from './cards.ts'
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
  const child = fork(join(import.meta.dirname, 'generator.ts'), {
    detached: true,
    serialization: 'advanced',
  })
  parts.cleanup.addChild(child)

  const order = async (given: Order): Promise<Report> => {
    const ended = new AbortController()
    const answered = once(child, 'message', { signal: ended.signal })
    child.send(given)
    const [report] = await Promise.race([
      answered,
      once(child, 'exit', { signal: ended.signal }).then(() => {
        throw new Error('the load generator ended by itself')
      }),
    ])
    ended.abort()
    return report
  }
  const { url, cards, zipf } = parts
  await order({ kind: 'set_up', url, cards, zipf })
  return {
    pid: child.pid ?? 0,
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
