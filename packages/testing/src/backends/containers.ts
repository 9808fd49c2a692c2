import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type * as Testcontainers from 'testcontainers'
import type { Environment } from './chosen.ts'

/** A started container, or why there is none; undefined when there is no Docker to be expected. */
export type Attempt =
  | { readonly container: Testcontainers.StartedTestContainer }
  | { readonly reason: string }
  | undefined

// Pulling an image takes a while; a daemon that hangs must not take the whole run with it.
const PATIENCE_MS = 90_000

type Make = (testcontainers: typeof Testcontainers) => Testcontainers.GenericContainer

/** Tries Docker where it seems to exist and `TEST_CONTAINERS` is not 0. Never throws. */
export async function tryContainer(environment: Environment, make: Make): Promise<Attempt> {
  if (environment['TEST_CONTAINERS'] === '0' || !seemsToExist(environment)) return undefined
  const patience = new AbortController()
  try {
    const container = await Promise.race([start(make), giveUp(patience.signal)])
    return { container }
  } catch (error) {
    return { reason: `no container: ${firstLine(error)}` }
  } finally {
    patience.abort()
  }
}

function seemsToExist(environment: Environment): boolean {
  const sockets = ['/var/run/docker.sock', `${environment['XDG_RUNTIME_DIR'] ?? ''}/docker.sock`]
  return environment['DOCKER_HOST'] !== undefined || sockets.some((path) => existsSync(path))
}

async function start(make: Make): Promise<Testcontainers.StartedTestContainer> {
  // 0.2 s to import, which only those with Docker pay.
  const testcontainers = await import('testcontainers')
  return make(testcontainers).start()
}

async function giveUp(signal: AbortSignal): Promise<never> {
  await delay(PATIENCE_MS, undefined, { signal })
  throw new Error(`not started after ${PATIENCE_MS / 1_000} s`)
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n', 1)[0] ?? ''
}
