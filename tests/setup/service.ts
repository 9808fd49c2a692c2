import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { request } from 'undici'
import { createPortFinder, type PortRange } from '../support/ports.ts'

/** How a process ended. */
export type End = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

/** One service of ours as a process, which tests end and start again. */
export type Service = {
  /** Of the present process. */
  readonly pid: () => number
  /** Resolves when the service says that it is ready. `more` is told to this process alone. */
  readonly start: (more?: Environment) => Promise<void>
  /** Starts it and waits for nothing: for one that may end before it is ready. */
  readonly launch: (more?: Environment) => void
  /** The last of what the present process printed. */
  readonly printed: () => string
  /** How the present process ends, by whatever, and what it printed last. */
  readonly ended: () => Promise<End & { readonly printed: string }>
  /** Of a process that ended though nobody told it to: how, and the last of what it printed. */
  readonly fate: () => string | undefined
  /** Sends the signal and waits for the end. Nothing happens to one that does not run. */
  readonly stop: (signal: NodeJS.Signals) => Promise<End | undefined>
}

/** A server that a test takes away and brings back under the same address. */
export type Server = {
  readonly url: string
  readonly stop: () => Promise<void>
  readonly start: () => Promise<void>
}

/** Variables of a process. */
export type Environment = Readonly<Record<string, string>>

/** What a shell does before it becomes a service, such as `ulimit -n 256;`, and where that prints to, as `> file`. */
export type Shell = { readonly before?: string; readonly after?: string }

/** How a service is launched otherwise than by Node, from this repository. */
export type Launch = {
  readonly shell?: Shell | undefined
  /** A tree of another version. */
  readonly root?: string | undefined
}

type Program = Launch & {
  /** Below the root. */
  readonly main: string
  readonly environment: Environment
  /** Where it says that it is ready to work. */
  readonly readyUrl: string
  /** Whether what it lacks by its own words still keeps a test from using it. */
  readonly lacks?: (reason: string) => boolean
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
  const begin = (more: Environment = {}): Running => {
    const environment = { ...program.environment, ...more }
    running = launch(join(program.root ?? ROOT, program.main), environment, [], program.shell)
    return running
  }
  return {
    pid: () => running?.child.pid ?? 0,
    fate: () => {
      const { exitCode = null, signalCode = null } = running?.child ?? {}
      if (exitCode === null && signalCode === null) return undefined
      return `${program.main} ended by itself (${exitCode ?? signalCode}):\n${running?.printed()}`
    },
    launch: (more) => void begin(more),
    printed: () => running?.printed() ?? '',
    ended: async () => {
      if (!running) throw new Error(`${program.main} does not run`)
      const { ended, printed } = running
      return { ...(await ended), printed: printed() }
    },
    start: async (more) => {
      const started = begin(more)
      const patience = AbortSignal.timeout(READY_WITHIN_MS)
      while (!(await isReady(program))) {
        if (
          patience.aborted ||
          started.child.exitCode !== null ||
          started.child.signalCode !== null
        )
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
  given: readonly string[] = [],
  shell?: Shell,
): Running {
  const ours = [process.execPath, main, ...given]
  const { before = '', after = '' } = shell ?? {}
  // The shell becomes the program, so that the child's number is the program's.
  const [command = '', ...words] = shell
    ? ['sh', '-c', `${before} exec "$@" ${after}`, 'sh', ...ours]
    : ours
  const child = spawn(command, words, {
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

/** Above what servers are usually found at, and below what the kernel gives to whoever asks for any port. */
const PORTS = { first: 12_000, count: 20_000 }
const PARTS = 20

/**
 * A port for what is started later, or must come back under the address that others know. Workers of one run have parts
 * of their own, and other processes have the rest: none takes what another was given.
 */
export const findFreePort: () => Promise<number> = createPortFinder(
  partOf(process.env['VITEST_POOL_ID']),
  randomInt(PORTS.count),
)

function partOf(worker: string | undefined): PortRange {
  const half = PARTS / 2
  const part = worker === undefined ? half + (process.pid % half) : Number(worker) % half
  const count = PORTS.count / PARTS
  return { first: PORTS.first + part * count, count }
}

async function isReady({ readyUrl, lacks = () => false }: Program): Promise<boolean> {
  try {
    const patience = { headersTimeout: 1_000, bodyTimeout: 1_000 }
    const { statusCode, body } = await request(readyUrl, patience)
    const { reasons = [] } = (await body.json()) as { reasons?: readonly string[] }
    return statusCode === 200 && !reasons.some(lacks)
  } catch {
    // Does not listen yet.
    return false
  }
}
