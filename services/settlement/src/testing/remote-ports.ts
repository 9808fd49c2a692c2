import type { ConversionPort } from '@tolem/exchanges/conversion-port'
import type { RailPort } from '@tolem/exchanges/port'

/** A call that a settlement in a process of its own makes to an exchange in its parent's. */
export type RemoteCall = {
  readonly id: number
  readonly port: string
  readonly method: string
  readonly args: readonly unknown[]
}

/** What a port says of itself: all that is no call. */
export type PortFacts = Pick<ConversionPort, 'exchange' | 'capabilities'> &
  Partial<Pick<RailPort, 'rail'>>

/**
 * In the child: ports whose exchanges are in the parent, so that they and what they executed outlive the child. A
 * method's name is all that is sent of it.
 */
export function createRemotePorts(process: {
  send(call: RemoteCall): void
  onAnswer(hear: (answer: { readonly id: number; readonly result: unknown }) => void): void
}) {
  const waiting = new Map<number, (result: unknown) => void>()
  let calls = 0
  process.onAnswer(({ id, result }) => {
    waiting.get(id)?.(result)
    waiting.delete(id)
  })

  function call(port: string, method: string, args: readonly unknown[]): Promise<unknown> {
    calls += 1
    const id = calls
    const { promise, resolve } = Promise.withResolvers<unknown>()
    waiting.set(id, resolve)
    process.send({ id, port, method, args })
    return promise
  }

  /** What the parent answers for under this name; which port that is, its asker knows. */
  return (name: string, facts: PortFacts): object => {
    const known: Readonly<Record<string, unknown>> = { ...facts, stepOf: () => 1n }
    return new Proxy(known, {
      get: (_, method) =>
        known[String(method)] ?? ((...args: unknown[]) => call(name, String(method), args)),
    })
  }
}
