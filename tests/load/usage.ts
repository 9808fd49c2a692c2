import { readdirSync, readFileSync } from 'node:fs'

/** Processes whose use of the machine is shown, by the name they are shown under. */
export type Watched = ReadonlyMap<string, Process>

/** `withChildren` adds what the process has started: PostgreSQL works in one process for each connection. */
export type Process = { readonly pid: number; readonly withChildren: boolean }

/** What each of them used between two moments, in processor cores: 0.5 is half of one core. */
export type CpuShares = Readonly<Record<string, number>>

/** Linux counts in hundredths of a second, whatever the kernel's own tick (proc(5), sysconf(_SC_CLK_TCK)). */
const TICKS_PER_SECOND = 100

/** Starts to measure; the returned function tells the shares since then. Nothing where there is no /proc. */
export function watchCpu(watched: Watched): () => CpuShares {
  const startedAt = performance.now()
  const before = readAll(watched)
  return () => {
    const seconds = (performance.now() - startedAt) / 1_000
    const after = readAll(watched)
    return Object.fromEntries(
      [...after].map(([name, ticks]) => {
        const used = (ticks - (before.get(name) ?? 0)) / TICKS_PER_SECOND
        return [name, used / seconds]
      }),
    )
  }
}

/** Resident memory in bytes; undefined where there is no /proc. */
export function residentBytes(pid: number): number | undefined {
  try {
    const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return found ? Number(found[1]) * 1_024 : undefined
  } catch {
    // Not Linux, or the process is gone: there is nothing to show.
    return undefined
  }
}

function readAll(watched: Watched): Map<string, number> {
  const found = new Map<string, number>()
  for (const [name, { pid, withChildren }] of watched) {
    const own = readStat(pid)
    if (own === undefined) continue
    const children = withChildren ? childrenOf(pid) : []
    const ticks = children.reduce((sum, stat) => sum + stat.ticks, own.ticks)
    found.set(name, withChildren ? ticks + own.ticksOfEnded : ticks)
  }
  return found
}

type Stat = {
  readonly parent: number
  readonly ticks: number
  /** Of children that have ended. */
  readonly ticksOfEnded: number
}

function childrenOf(pid: number): Stat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readStat(Number(name)) ?? [])
    .filter((stat) => stat.parent === pid)
}

function readStat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The program's name stands in brackets and may hold anything; the rest is numbers, from field 3 on.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const field = (number: number) => Number(fields[number - 3])
    return { parent: field(4), ticks: field(14) + field(15), ticksOfEnded: field(16) + field(17) }
  } catch {
    // Not Linux, or the process is gone.
    return undefined
  }
}
