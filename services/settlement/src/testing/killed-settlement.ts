import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { PortFacts, RemoteCall } from './remote-ports.ts'
import type { ScriptedExchange } from './scripted-exchange.ts'
import type { ScriptedMarket } from './scripted-market.ts'

/** Where a settlement is killed: when it makes such a call, before it has any effect or before it is answered. */
export type CrashPoint = {
  readonly method: 'prepare' | 'execute' | 'lookUp' | 'credit'
  readonly when: 'before' | 'after'
}

/** A settlement in a process of its own that is killed again and again, and started anew each time. */
export type KilledSettlement = {
  /** Kills it at the next such call; resolves when it is dead and another one has started. */
  readonly killAt: (point: CrashPoint) => Promise<void>
  readonly kills: () => number
  readonly close: () => Promise<void>
}

type Ports = Readonly<Record<string, Readonly<Record<string, unknown>>>>

export function startKilledSettlement(
  url: string,
  rails: readonly ScriptedExchange[],
  markets: readonly ScriptedMarket[],
): KilledSettlement {
  const ports: Ports = Object.fromEntries([
    ...rails.map((port) => [`rail ${port.exchange}`, port] as const),
    ...markets.map((port) => [`market ${port.exchange}`, port] as const),
  ])
  const facts = [...rails, ...markets].map(({ exchange, capabilities, ...port }): PortFacts => {
    return { exchange, capabilities, ...('rail' in port && { rail: port.rail }) }
  })
  let awaited: { readonly point: CrashPoint; readonly done: () => void } | undefined
  let killed = 0
  let child = start()

  function start(): ChildProcess {
    const started = fork(
      join(import.meta.dirname, 'settlement-child.ts'),
      [url, JSON.stringify(facts)],
      {
        // Amounts are big integers.
        serialization: 'advanced',
      },
    )
    started.on('message', (call) => void answer(started, call as RemoteCall))
    return started
  }

  async function answer(asker: ChildProcess, { id, port, method, args }: RemoteCall) {
    if (isAwaited(method, 'before')) return kill(asker)
    const act = ports[port]?.[method] as (...given: readonly unknown[]) => Promise<unknown>
    const result = await act(...args)
    if (isAwaited(method, 'after')) return kill(asker)
    if (asker.connected) asker.send({ id, result })
  }

  function isAwaited(method: string, when: CrashPoint['when']): boolean {
    return awaited?.point.method === method && awaited.point.when === when
  }

  async function kill(victim: ChildProcess): Promise<void> {
    const { done } = awaited ?? {}
    awaited = undefined
    const dead = once(victim, 'exit')
    victim.kill('SIGKILL')
    await dead
    killed += 1
    child = start()
    done?.()
  }

  return {
    killAt(point) {
      const { promise, resolve } = Promise.withResolvers<void>()
      awaited = { point, done: resolve }
      return promise
    },
    kills: () => killed,
    async close() {
      const dead = once(child, 'exit')
      child.kill('SIGKILL')
      await dead
    },
  }
}
