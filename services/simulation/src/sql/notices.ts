import type { Machine } from '../machine/machine.ts'
import type { Random } from '../machine/random.ts'
import { type Faults, stateOfNotice } from '../world/faults.ts'
import type { Notice } from './connection.ts'

type Hearing = {
  readonly onNotice: (payload: string) => void
  readonly onGap: () => void
}

/** What the database tells those who listen. */
export type Notices = {
  readonly listen: (
    machine: Machine,
    channel: string,
    hearing: Hearing,
  ) => { readonly close: () => Promise<void> }
  readonly tell: (notice: Notice) => void
}

type Listener = Hearing & { readonly machine: Machine }

/** A notice may be lost with its connection: then whoever listened hears of a gap, later. */
export function createNotices(random: Random, faults: Faults): Notices {
  const listeners = new Map<string, Set<Listener>>()

  function bring({ machine, onNotice, onGap }: Listener, { channel, payload }: Notice): void {
    const fault = faults.draw('notice', stateOfNotice(channel))
    if (fault === 'lost') return machine.reach(random.between(50, 4_000), onGap)
    const delayMs = fault === 'delayed' ? random.between(5, 1_000) : random.between(0.1, 2)
    machine.reach(delayMs, () => onNotice(payload))
  }

  return {
    listen(machine, channel, hearing) {
      const listener = { machine, ...hearing }
      const listening = listeners.get(channel) ?? new Set()
      listeners.set(channel, listening.add(listener))
      return { close: async () => void (await Promise.resolve(listening.delete(listener))) }
    },
    tell(notice) {
      const listening = listeners.get(notice.channel) ?? new Set()
      for (const one of listening)
        if (one.machine.state() === 'dead') listening.delete(one)
        else bring(one, notice)
    },
  }
}
