import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { request } from 'undici'

/** How a process ended. */
export type End = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

/** One service of ours as a process, which tests end and start again. */
export type Service = {
  /** Of the present process. */
  readonly pid: () => number
  /** Resolves when the service says that it is ready. */
  readonly start: () => Promise<void>
  /** Sends the signal and waits for the end. Nothing happens to one that does not run. */
  readonly stop: (signal: NodeJS.Signals) => Promise<End | undefined>
}

/** A server that a test takes away and brings back under the same address. */
export type Server = {
  readonly url: string
  readonly stop: () => Promise<void>
  readonly start: () => Promise<void>
}

type Program = {
  /** Below the repository's root. */
  readonly main: string
  readonly environment: Readonly<Record<string, string>>
  /** Where it says that it is ready to work. */
  readonly readyUrl: string
}

type Running = {
  readonly child: ChildProcessByStdio<null, Readable, Readable>
  readonly ended: Promise<End>
  readonly printed: () => string
}

const ROOT = join(import.meta.dirname, '..', '..')
const READY_WITHIN_MS = 30_000

export function createService(program: Program): Service {
  let running: Running | undefined
  return {
    pid: () => running?.child.pid ?? 0,
    start: async () => {
      const started = launch(join(ROOT, program.main), program.environment)
      running = started
      const patience = AbortSignal.timeout(READY_WITHIN_MS)
      while (!(await isReady(program.readyUrl))) {
        if (patience.aborted || started.child.exitCode !== null)
          throw new Error(`${program.main} is not ready:\n${started.printed()}`)
        await delay(20)
      }
    },
    stop: async (signal) => {
      if (!running) return undefined
      const { child, ended } = running
      running = undefined
      child.kill(signal)
      return ended
    },
  }
}

/** A program of ours on the Node that runs this, with no environment but the given one. */
export function launch(
  main: string,
  environment: Readonly<Record<string, string | undefined>>,
): Running {
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return { child, ...watch(child) }
}

/** Keeps the last of what a process prints, and how it ends. */
export function watch(child: Running['child']): Pick<Running, 'printed' | 'ended'> {
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (piece: string) => {
      // The end says why it died; a load's worth of log lines need not be kept.
      text = (text + piece).slice(-20_000)
    })
  const ended = once(child, 'close').then(([code, signal]): End => ({ code, signal }))
  return { ended, printed: () => text }
}

/** For what must come back under the address that others know. */
export async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

async function isReady(url: string): Promise<boolean> {
  try {
    const { statusCode, body } = await request(url, { headersTimeout: 1_000, bodyTimeout: 1_000 })
    await body.dump()
    return statusCode === 200
  } catch {
    // Does not listen yet.
    return false
  }
}
