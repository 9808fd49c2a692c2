import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Cleanup } from './cleanup.ts'

/** A generator of load in its own process, which answers each order with one report. */
export type ChildGenerator<Order, Report> = {
  readonly pid: number
  /** Rejects when the process ends before it answers. */
  readonly order: (given: Order) => Promise<Report>
}

/** Starts `file` of this directory; it ends with us. */
export function startChildGenerator<Order extends object, Report>(
  file: string,
  cleanup: Cleanup,
): ChildGenerator<Order, Report> {
  const child = fork(join(import.meta.dirname, file), { detached: true, serialization: 'advanced' })
  cleanup.addChild(child)
  return {
    pid: child.pid ?? 0,
    async order(given) {
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
    },
  }
}
