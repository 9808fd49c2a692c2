import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { request } from 'undici'
import { findFreePort } from '../setup/service.ts'
import type { Cleanup } from './cleanup.ts'

/** A service in a process of its own, its log in a file. */
export type Service = { readonly child: ChildProcess; readonly pid: number; readonly log: string }

const SERVICES = join(import.meta.dirname, '..', '..', 'services')

const READY_WITHIN_MS = 30_000
const ASK_EVERY_MS = 25

/** Starts `services/<name>/src/main.ts` with this environment on top of ours. */
export function startService(parts: {
  readonly name: string
  readonly environment: Readonly<Record<string, string>>
  readonly directory: string
  readonly cleanup: Cleanup
  readonly nodeOptions?: readonly string[]
}): Service {
  const log = join(parts.directory, `${parts.name}.log`)
  const output = openSync(log, 'w')
  const main = join(SERVICES, parts.name, 'src', 'main.ts')
  const child = spawn(process.execPath, [...(parts.nodeOptions ?? []), main], {
    cwd: parts.directory,
    env: { ...process.env, ...parts.environment },
    // Ctrl-C is for the benchmark, which then stops its services in order.
    detached: true,
    stdio: ['ignore', output, output],
  })
  closeSync(output)
  parts.cleanup.addChild(child)
  if (child.pid === undefined) throw new Error(`${parts.name} cannot be started`)
  return { child, pid: child.pid, log }
}

/** Waits until a service says that it can do its work, or tells with its own words why it does not. */
export async function untilReady(service: Service, url: string): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS
  while (performance.now() < deadline) {
    if (service.child.exitCode !== null || service.child.signalCode !== null) break
    if (await isReady(url)) return
    await wait(ASK_EVERY_MS)
  }
  throw new Error(
    `${url} did not become ready:\n${readFileSync(service.log, 'utf8').slice(-2_000)}`,
  )
}

async function isReady(url: string): Promise<boolean> {
  try {
    const { statusCode, body } = await request(`${url}/readyz`)
    await body.dump()
    return statusCode === 200
  } catch {
    // Not listening yet.
    return false
  }
}

/** Ports that nobody listens on now, all different. */
export async function findFreePorts<const Names extends readonly string[]>(
  names: Names,
): Promise<Record<Names[number], number>> {
  const ports = await Promise.all(names.map(() => findFreePort()))
  return Object.fromEntries(names.map((name, index) => [name, ports[index]])) as Record<
    Names[number],
    number
  >
}
