import { once } from 'node:events'
import { createServer } from 'node:net'

/** Ports from `first` on, `count` of them. */
export type PortRange = { readonly first: number; readonly count: number }

/**
 * Gives ports on which nobody listens, one after the other and none a second time before all had their turn. A range
 * below those that the kernel gives to whoever asks for any port keeps them free until they are taken, be it later or
 * again and again. `startAt` is where in the range it begins, so that two who share one seldom meet.
 */
export function createPortFinder(range: PortRange, startAt: number): () => Promise<number> {
  let next = startAt
  return async () => {
    for (let tries = 0; tries < range.count; tries += 1) {
      const port = range.first + (next % range.count)
      next += 1
      if (await isFree(port)) return port
    }
    throw new Error(`none of ${range.count} ports from ${range.first} on is free`)
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer()
  try {
    probe.listen(port, '127.0.0.1')
    await once(probe, 'listening')
    probe.close()
    await once(probe, 'close')
    return true
  } catch {
    // Taken, which is all that was asked.
    return false
  }
}
