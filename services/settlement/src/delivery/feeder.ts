import type { EventStream } from '@tolem/events/stream'
import type { Bus } from '@tolem/redis/bus'
import { createPause } from '../pause.ts'
import { settledWithin } from '../settled-within.ts'
import { toBody } from './to-body.ts'

export type FeederDeps = {
  readonly stream: EventStream
  readonly bus: Pick<Bus, 'append'>
  /** Told how many events were appended. */
  readonly onAppended: (events: number) => void
  readonly onFault: (step: string, error: unknown) => void
  readonly elapsed: () => number
  /** How many entries the bus keeps. */
  readonly mostKept: number
  readonly pollIntervalMs: number
  readonly leaseMs: number
}

/** Puts every event at the end of the event stream, one instance at a time. */
export type Feeder = {
  readonly start: () => void
  /** Appends nothing more and waits at most `timeoutMs` for what is under way. */
  readonly close: (timeoutMs: number) => Promise<void>
}

/** The stream's name on the bus. Each entry is an event in the bytes in which webhooks tell it. */
export const EVENT_STREAM = 'events'

const APPENDED_AT_ONCE = 500

export function createFeeder(deps: FeederDeps): Feeder {
  const { stream, bus, elapsed, leaseMs } = deps
  const pause = createPause()
  const closing = new AbortController()
  let turning: Promise<void> = Promise.resolve()
  let held: { readonly epoch: string; readonly since: number } | undefined

  async function turn(): Promise<void> {
    while (!closing.signal.aborted) {
      const isAll = await step()
      if (isAll) await pause.wait(deps.pollIntervalMs)
    }
    if (held) await stream.release(held.epoch).catch((error) => deps.onFault('feed', error))
  }

  /** Gives whether nothing more is to be appended now. */
  async function step(): Promise<boolean> {
    try {
      const since = elapsed()
      if (!held) {
        const epoch = await stream.claim(leaseMs)
        held = epoch === undefined ? undefined : { epoch, since }
      }
      return held ? await feed(held) : true
    } catch (error) {
      // The reader stands where it stood: what was appended perhaps is appended again, under the same ids.
      deps.onFault('feed', error)
      return true
    }
  }

  async function feed({ epoch, since }: NonNullable<typeof held>): Promise<boolean> {
    const part = await stream.next(epoch, APPENDED_AT_ONCE)
    // After half of the lease another instance must not be able to come between: the claim is made anew.
    if (part === 'claim_lost' || elapsed() - since >= leaseMs / 2) return lose(part)
    if (part.events.length === 0 && elapsed() - since < leaseMs / 4) return true
    await bus.append(EVENT_STREAM, part.events.map(toBody), deps.mostKept)
    const renewed = elapsed()
    const written = await stream.advance(epoch, part.next, leaseMs)
    if (written === 'claim_lost') return lose(written)
    held = { epoch, since: renewed }
    deps.onAppended(part.events.length)
    return part.events.length < APPENDED_AT_ONCE
  }

  function lose(part: unknown): boolean {
    held = undefined
    return part === 'claim_lost'
  }

  return {
    start: () => {
      turning = turn()
    },
    close: async (timeoutMs) => {
      closing.abort()
      pause.end()
      await settledWithin(timeoutMs, turning)
    },
  }
}
