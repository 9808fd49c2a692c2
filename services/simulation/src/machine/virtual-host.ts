import { AsyncLocalStorage } from 'node:async_hooks'
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import timersPromises from 'node:timers/promises'
import type { Random } from './random.ts'

/** What code finds of its machine: clocks, timers, randomness. */
export type Host = {
  /** The wall's clock, in milliseconds since the epoch. */
  readonly now: () => number
  /** A clock that only ever grows, in milliseconds. */
  readonly elapsed: () => number
  readonly random: Random
  /** `isQuiet`: a timer that keeps no process alive, and does nothing but look. Gives how to cancel it. */
  readonly after: (ms: number, run: () => void, timer: { isQuiet: boolean }) => () => void
}

const hosts = new AsyncLocalStorage<Host>()

let immediates = 0

/** Runs code on a host: whatever it starts, however much later, reads that host's clocks. */
export function onHost<Result>(host: Host, run: () => Result): Result {
  return hosts.run(host, run)
}

/** Runs code on the real machine. */
export function offHost<Result>(run: () => Result): Result {
  return hosts.exit(run)
}

/** How many turns of the event loop code on hosts still waits for. */
export function waitingImmediates(): number {
  return immediates
}

let isInstalled = false

/**
 * Puts clocks, timers and randomness of hosts in the place of the process's own. Code on no host keeps the real ones,
 * so this is done once and never undone.
 */
export function installVirtualHost(): void {
  if (isInstalled) return
  isInstalled = true
  installClocks()
  installTimers()
  installImmediate()
  installRandomness()
  syncBuiltinESMExports()
}

function installClocks(): void {
  const [now, elapsed] = [Date.now, performance.now.bind(performance)]
  Date.now = () => hosts.getStore()?.now() ?? now()
  performance.now = () => hosts.getStore()?.elapsed() ?? elapsed()
}

type Work = (...values: unknown[]) => void

/** As much of a timer as is used: it can be cleared, and let the process end. */
type VirtualTimer = {
  readonly cancel: () => void
  readonly ref: () => VirtualTimer
  readonly unref: () => VirtualTimer
}

function installTimers(): void {
  const real = { setTimeout, setInterval, clearTimeout, clearInterval }
  const virtual = new WeakSet<object>()
  const remember = (timer: VirtualTimer) => {
    virtual.add(timer)
    return timer
  }
  const clear = (clearReal: (timer: never) => void) => (timer: unknown) => {
    if (typeof timer === 'object' && timer !== null && virtual.has(timer))
      (timer as VirtualTimer).cancel()
    else clearReal(timer as never)
  }
  Object.assign(globalThis, {
    setTimeout: (work: Work, ms = 0, ...values: unknown[]) => {
      const host = hosts.getStore()
      if (!host) return real.setTimeout(work, ms, ...values)
      return remember(startTimer(host, ms, () => work(...values)))
    },
    setInterval: (work: Work, ms = 0, ...values: unknown[]) => {
      const host = hosts.getStore()
      if (!host) return real.setInterval(work, ms, ...values)
      return remember(startInterval(host, ms, () => work(...values)))
    },
    clearTimeout: clear(real.clearTimeout),
    clearInterval: clear(real.clearInterval),
  })
  const wait = timersPromises.setTimeout
  Object.assign(timersPromises, {
    setTimeout: (ms: number, value?: unknown, options?: object) => {
      const host = hosts.getStore()
      if (!host) return wait(ms, value, options)
      return new Promise((resolve) => {
        host.after(ms, () => resolve(value), { isQuiet: false })
      })
    },
  })
}

function startTimer(host: Host, ms: number, work: () => void): VirtualTimer {
  const kind = { isQuiet: false }
  return timerOf(host.after(Math.max(ms, 0), work, kind), kind)
}

function startInterval(host: Host, ms: number, work: () => void): VirtualTimer {
  const kind = { isQuiet: false }
  let cancel: () => void
  const turn = () => {
    cancel = host.after(Math.max(ms, 1), turn, kind)
    work()
  }
  cancel = host.after(Math.max(ms, 1), turn, kind)
  return timerOf(() => cancel(), kind)
}

function timerOf(cancel: () => void, kind: { isQuiet: boolean }): VirtualTimer {
  const timer: VirtualTimer = {
    cancel,
    ref: () => timer,
    unref: () => {
      kind.isQuiet = true
      return timer
    },
  }
  return timer
}

/** Immediates stay real, and are counted: a host is quiet once none is waiting. */
function installImmediate(): void {
  const real = setImmediate
  Object.assign(globalThis, {
    setImmediate: (work: Work, ...values: unknown[]) => {
      if (!hosts.getStore()) return real(work, ...values)
      immediates += 1
      return real(() => {
        immediates -= 1
        work(...values)
      })
    },
  })
}

function installRandomness(): void {
  const { randomBytes, randomUUID } = crypto
  const real = { randomBytes, randomUUID, randomUUIDv7: crypto.randomUUIDv7 }
  Object.assign(crypto, {
    randomBytes: (length: number) => hosts.getStore()?.random.bytes(length) ?? randomBytes(length),
    randomUUID: () => {
      const host = hosts.getStore()
      return host ? uuidOf(host.random.bytes(16), 4) : real.randomUUID()
    },
    randomUUIDv7: () => {
      const host = hosts.getStore()
      if (!host) return real.randomUUIDv7()
      const bytes = host.random.bytes(16)
      bytes.writeUIntBE(Math.floor(host.now()), 0, 6)
      return uuidOf(bytes, 7)
    },
  })
}

/** RFC 9562: the version and the variant in their places. */
function uuidOf(bytes: Buffer, version: number): string {
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | (version << 4), 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)]
  return [...parts, hex.slice(20)].join('-')
}
