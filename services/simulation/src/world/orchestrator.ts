import { createMachine, type Machine } from '../machine/machine.ts'
import type { Random } from '../machine/random.ts'
import type { Scheduler } from '../machine/scheduler.ts'

/** Starts processes, ends some of them, and starts their successors. */
export type Orchestrator = {
  readonly begin: () => void
  readonly stop: () => void
  readonly isRunning: () => boolean
  /** A machine whose clock is wrong by so much. */
  readonly machineOf: (name: string, skewMs: number) => Machine
  /** Starts a process, and another one in its place as often as it dies. */
  readonly keep: (name: string, open: (machine: Machine) => () => Promise<void>) => void
  /** What a fault does to a process. */
  readonly strike: (machine: Machine, fault: 'killed' | 'frozen') => void
  /** How many machines there were. */
  readonly started: () => number
}

/** How wrong a machine's clock may be, and how long it is held still. */
const SKEW_MS = 200
const FREEZE_MS = { least: 100, most: 12_000 }

export function createOrchestrator({
  random,
  scheduler,
}: {
  readonly random: Random
  readonly scheduler: Scheduler
}): Orchestrator {
  const running = new Map<string, Machine>()
  let started = 0
  let isStopped = false

  function machineOf(name: string, skewMs: number): Machine {
    started += 1
    return createMachine(scheduler, { name, random: random.fork(`${name} ${started}`), skewMs })
  }

  function keep(name: string, open: (machine: Machine) => () => Promise<void>): void {
    const machine = machineOf(name, random.between(-SKEW_MS, SKEW_MS))
    running.set(name, machine)
    machine.enter(() => {
      // A process that cannot start ends, and is started again.
      open(machine)().catch(() => machine.kill())
    })
    const watch = (): void => {
      if (isStopped) return
      if (machine.state() === 'dead') return keep(name, open)
      scheduler.after(random.between(300, 3_000), watch)
    }
    watch()
  }

  return {
    begin() {
      isStopped = false
    },
    stop() {
      isStopped = true
      for (const machine of running.values()) machine.kill()
    },
    isRunning: () => !isStopped,
    machineOf,
    keep,
    strike(machine, fault) {
      if (machine.state() === 'dead') return
      scheduler.note(`${machine.name} ${fault}`)
      if (fault === 'killed') return machine.kill()
      machine.freeze()
      scheduler.after(random.between(FREEZE_MS.least, FREEZE_MS.most), () => machine.thaw())
    },
    started: () => started,
  }
}
