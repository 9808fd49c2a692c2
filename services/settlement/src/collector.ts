import type { ClaimedExposure, Collections } from '@tolem/authorizations/collections'
import type { Logger } from '@tolem/telemetry/logger'
import type { Meters } from './meters.ts'
import { createPause } from './pause.ts'
import { settledWithin } from './settled-within.ts'

export type CollectorDeps = {
  readonly collections: Collections
  readonly collect: (exposure: ClaimedExposure) => Promise<void>
  readonly meters: Meters
  readonly logger: Logger
  /** Exposures priced at once. */
  readonly concurrency: number
  readonly pollIntervalMs: number
  readonly leaseMs: number
}

/** Claims due exposures and has a debit intended for each; sending it is the worker's. */
export type Collector = {
  readonly start: () => void
  /** There may be something due: look at once instead of at the next poll. */
  readonly wake: () => void
  /** A card changed; `key` is its bank and token, as the database's notice has it. */
  readonly cardChanged: (key: string) => void
  /** Claims nothing more and waits at most `timeoutMs` for what is under way; the rest falls to another instance. */
  readonly close: (timeoutMs: number) => Promise<void>
}

// A bank that provisions all its cards in one burst must not make one statement carry them all.
const MOST_CARDS_AT_ONCE = 500

export function createCollector(deps: CollectorDeps): Collector {
  const pause = createPause()
  const closing = new AbortController()
  const changed = new Set<string>()
  let turning: Promise<void> = Promise.resolve()

  async function turn(): Promise<void> {
    while (!closing.signal.aborted) {
      const worked = (await hasten()) + (await work())
      if (worked === 0) await pause.wait(deps.pollIntervalMs)
    }
  }

  /** Makes due what waits for cards that changed. Gives how many cards there were. */
  async function hasten(): Promise<number> {
    const keys = [...changed].slice(0, MOST_CARDS_AT_ONCE)
    if (keys.length === 0) return 0
    for (const key of keys) changed.delete(key)
    try {
      await deps.collections.hasten(keys.map(toCard))
      return keys.length
    } catch (error) {
      // What waits for these cards is tried when its own pause ends.
      leave('hasten', error)
      return 0
    }
  }

  /** Gives how many exposures were claimed. */
  async function work(): Promise<number> {
    try {
      const claimed = await deps.collections.claim(deps.concurrency, deps.leaseMs)
      await Promise.all(claimed.map(collectOne))
      return claimed.length
    } catch (error) {
      // Nothing was claimed, or its lease will end; the next turn asks again.
      leave('claim_exposure', error)
      return 0
    }
  }

  async function collectOne(exposure: ClaimedExposure): Promise<void> {
    try {
      await deps.collect(exposure)
    } catch (error) {
      // What was intended is a row that the worker finds; what was not is free again when the lease ends.
      leave('collect', error)
    }
  }

  function leave(step: string, error: unknown): void {
    deps.meters.faults.inc({ step })
    deps.logger.error({ step, err: error }, 'settlement step failed')
  }

  return {
    start: () => {
      turning = turn()
    },
    wake: pause.end,
    cardChanged: (key) => {
      changed.add(key)
      pause.end()
    },
    close: async (timeoutMs) => {
      closing.abort()
      pause.end()
      await settledWithin(timeoutMs, turning)
    },
  }
}

/** `bank/token`; a bank's id holds no slash. */
function toCard(key: string): { readonly bank: string; readonly cardToken: string } {
  const slash = key.indexOf('/')
  return { bank: key.slice(0, slash), cardToken: key.slice(slash + 1) }
}
