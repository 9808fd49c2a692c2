import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/**
 * Gives the load its own processor, as it would have a machine of its own: what is measured would otherwise share its
 * time with what measures it, and ten times too much load would leave it none.
 */
export type Cores = {
  /** In words, for the report. */
  readonly description: string
  /** Moves a process that sends load to the processor of the load. */
  readonly moveLoad: (pid: number) => void
}

/** Keeps this process, and all that it starts from now on, off the last processor. */
export function divideCores(): Cores {
  const cores = availableParallelism()
  const last = String(cores - 1)
  if (cores === 1) return shared('one processor for all')
  try {
    pin(process.pid, cores === 2 ? '0' : `0-${cores - 2}`)
  } catch {
    return shared('taskset is missing: the load shares the processors')
  }
  const description = `${cores - 1} of ${cores} processors, the load on one of its own`
  return { description, moveLoad: (pid) => pin(pid, last) }
}

function shared(description: string): Cores {
  return { description, moveLoad: () => undefined }
}

/** With all its threads (util-linux, taskset(1)). */
function pin(pid: number, list: string): void {
  execFileSync('taskset', ['-a', '-c', '-p', list, String(pid)], { stdio: 'ignore' })
}
