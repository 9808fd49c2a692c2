import { setInterval as every } from 'node:timers/promises'
import { request } from 'undici'
import type { Stack } from './stack.ts'

/** An authorizer as a balancer knows it. */
export type Backend = { readonly stack: Stack; readonly url: string }

/** Sends new work only where readiness was seen a moment ago, as any balancer in front of a bank API does. */
export type Balancer = {
  /** One of those that are ready, in turn. @throws when none is. */
  readonly next: () => Backend
  readonly isReady: (backend: Backend) => boolean
  readonly close: () => void
}

const LOOKS_EVERY_MS = 50

export async function startBalancer(backends: readonly Backend[]): Promise<Balancer> {
  const ready = new Set<Backend>()
  const closing = new AbortController()
  let turn = 0
  const look = () =>
    Promise.all(
      backends.map(async (backend) => {
        const isReady = await askReadiness(backend.url)
        if (isReady) ready.add(backend)
        else ready.delete(backend)
      }),
    )
  const watch = async () => {
    try {
      for await (const _ of every(LOOKS_EVERY_MS, undefined, { signal: closing.signal }))
        await look()
    } catch (error) {
      if (!closing.signal.aborted) throw error
    }
  }
  await look()
  void watch()
  return {
    next() {
      const all = backends.filter((backend) => ready.has(backend))
      const chosen = all[turn++ % all.length]
      if (!chosen) throw new Error('no authorizer is ready')
      return chosen
    },
    isReady: (backend) => ready.has(backend),
    close: () => closing.abort(),
  }
}

async function askReadiness(url: string): Promise<boolean> {
  try {
    const { statusCode, body } = await request(`${url}/readyz`, { headersTimeout: 500 })
    await body.dump()
    return statusCode === 200
  } catch {
    return false
  }
}
