import { setTimeout as delay } from 'node:timers/promises'
import type { Strike } from './faults/strike.ts'
import type { Recorder } from './recorder.ts'
import { add, type Tally } from './tally.ts'

/**
 * Lets something go wrong every `everyMs`, chosen by `random` among what is whole at that moment, until told to stop.
 * Resolves when all of it has healed again.
 */
export async function strikeOn(
  strikes: readonly Strike[],
  plan: {
    readonly everyMs: number
    readonly random: () => number
    readonly stop: AbortSignal
    readonly tally: Tally
    readonly recorder: Recorder
  },
): Promise<void> {
  const { everyMs, random, stop, tally, recorder } = plan
  const struck = new Map<string, Promise<void>>()
  const startedAt = performance.now()
  for (let count = 1; !stop.aborted; count += 1) {
    const dueInMs = startedAt + count * everyMs - performance.now()
    await delay(Math.max(dueInMs, 0), undefined, { signal: stop }).catch(() => undefined)
    if (stop.aborted) break
    const strike = pick(
      strikes.filter(({ target }) => !struck.has(target)),
      random,
    )
    add(tally.faults, strike.name)
    const at = Date.now()
    const healed = strike
      .run(random)
      .catch((error: unknown) => {
        // Another fault may stand in the way of this one: PostgreSQL away while its sessions are asked for.
        add(tally.faults, `${strike.name} (hindered: ${String(error).slice(0, 80)})`)
      })
      .finally(() => {
        struck.delete(strike.target)
        recorder.struck({ at, until: Date.now(), name: strike.name })
      })
    struck.set(strike.target, healed)
  }
  await Promise.all(struck.values())
}

function pick(strikes: readonly Strike[], random: () => number): Strike {
  const sum = strikes.reduce((so, { weight = 1 }) => so + weight, 0)
  let left = random() * sum
  for (const strike of strikes) {
    left -= strike.weight ?? 1
    if (left < 0) return strike
  }
  throw new Error('everything is broken already')
}
