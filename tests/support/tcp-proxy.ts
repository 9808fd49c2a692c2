import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { findFreePort } from '../setup/service.ts'
import { joinSockets, type Link } from './tcp-proxy-link.ts'

/** What a proxy does to all of its connections, until told otherwise. */
export type Fault =
  | { readonly kind: 'pass' }
  /** Later by so many milliseconds, each way; `jitterMs` is added by chance, and the order is kept. */
  | {
      readonly kind: 'slow'
      readonly requestsMs?: number
      readonly repliesMs?: number
      readonly jitterMs?: number
    }
  /** Nobody listens any more. Connections that stand go on: see `cut`. */
  | { readonly kind: 'refuse' }
  /** A black hole: nothing arrives, either way, and nobody is told. What was sent arrives when it is over. */
  | { readonly kind: 'stall' }
  /** Requests arrive and no reply does, on this connection never again. */
  | { readonly kind: 'swallow' }
  /** Each connection is reset after so many bytes of replies, counted from now. */
  | { readonly kind: 'truncate'; readonly afterBytes: number }

/** What to do to single requests, told by the bytes in them. */
export type Trap = {
  /** Text that the request contains: the name of a prepared statement, `COMMIT`, a path. */
  readonly marker: string
  /** How much of the request arrives: without the whole of it the server does nothing. */
  readonly request: 'none' | 'half' | 'all'
  /** How much of the reply comes back. It is waited for, so that what was asked is done. */
  readonly reply: 'none' | 'half'
  /** What the asker then sees: a reset, an end, or nothing at all. */
  readonly ending: 'reset' | 'end' | 'silence'
  /** How often it springs; for ever unless told. */
  readonly times?: number
  /** Chooses among the requests that match: all of them unless told. */
  readonly when?: () => boolean
}

/** A trap that is laid. */
export type Laid = {
  /** The replies that were withheld, the first bytes of each. Empty ones are of requests that never arrived. */
  readonly sprung: readonly Buffer[]
  readonly remove: () => void
}

/** What a proxy did since it was started. */
export type ProxyCounts = {
  connections: number
  /** Connections reset or ended by a fault or a trap. */
  cut: number
  /** Connections that the target itself did not take. */
  untaken: number
  /** Pieces of replies that were withheld for good. */
  swallowed: number
  requestBytes: number
  replyBytes: number
}

/** A wire between two of our processes that a test breaks as it likes. */
export type TcpProxy = {
  readonly host: string
  readonly port: number
  /** The same URL, through the proxy. */
  readonly through: (url: string) => string
  readonly set: (fault: Fault) => Promise<void>
  readonly lay: (trap: Trap) => Laid
  /** Resets every connection that stands. */
  readonly cut: () => void
  /** Ends one direction of every connection, as if the other end had nothing more to say. */
  readonly halfClose: (towards: 'client' | 'server') => void
  readonly counts: Readonly<ProxyCounts>
  readonly close: () => void
}

/** Where a proxy leads, and what it must know of what is spoken there. */
export type ProxyTarget = {
  readonly host?: string
  readonly port: number
  /** Is this the whole reply? A trap waits for that. The first piece is, unless told. */
  readonly isWhole?: (reply: Buffer) => boolean
  /** For jitter, in [0, 1). */
  readonly random?: () => number
}

const HOST = '127.0.0.1'
const LISTEN_AGAIN_MS = 10
const LISTENS_WITHIN_MS = 10_000

/** Listens on a free port of loopback and passes everything, until it is told to do otherwise. */
export async function startTcpProxy(target: ProxyTarget): Promise<TcpProxy> {
  const counts = {
    connections: 0,
    cut: 0,
    untaken: 0,
    swallowed: 0,
    requestBytes: 0,
    replyBytes: 0,
  }
  const links = new Set<Link>()
  const traps = new Set<{ readonly trap: Trap; readonly sprung: Buffer[]; taken: number }>()
  let fault: Fault = { kind: 'pass' }

  const rules = {
    counts,
    fault: () => fault,
    isWhole: target.isWhole ?? (() => true),
    random: target.random ?? (() => 0),
    springing: (request: Buffer) => {
      for (const laid of traps) {
        const isUsedUp = laid.taken >= (laid.trap.times ?? Number.POSITIVE_INFINITY)
        if (isUsedUp || !request.includes(laid.trap.marker)) continue
        if (laid.trap.when?.() === false) continue
        laid.taken += 1
        return laid
      }
      return undefined
    },
  }
  const accept = (client: Socket): void => {
    counts.connections += 1
    const options = { host: target.host ?? HOST, port: target.port, allowHalfOpen: true }
    const link = joinSockets({ client, server: connect(options) }, rules)
    links.add(link)
    client.once('close', () => links.delete(link))
  }
  const port = await findFreePort()
  let server = await listen(accept, port)

  return {
    host: HOST,
    port,
    through: (url) => {
      const led = new URL(url)
      led.hostname = HOST
      led.port = String(port)
      return led.href
    },
    set: async (wanted) => {
      fault = wanted
      if (wanted.kind === 'refuse') server.close()
      else if (!server.listening) server = await listen(accept, port)
      for (const link of links) link.wake()
    },
    lay: (trap) => {
      const laid = { trap, sprung: [] as Buffer[], taken: 0 }
      traps.add(laid)
      return { sprung: laid.sprung, remove: () => void traps.delete(laid) }
    },
    cut: () => {
      for (const link of links) link.cut('reset')
    },
    halfClose: (towards) => {
      for (const link of links) link.halfClose(towards)
    },
    counts,
    close: () => {
      if (server.listening) server.close()
      for (const link of links) link.cut('reset')
    },
  }
}

async function listen(accept: (client: Socket) => void, port: number): Promise<Server> {
  const patience = AbortSignal.timeout(LISTENS_WITHIN_MS)
  for (;;) {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, accept)
    try {
      server.listen(port, HOST)
      await once(server, 'listening')
      return server
    } catch (error) {
      // The listener that was closed a moment ago still holds the port.
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
      if (!isTaken || patience.aborted) throw error
      await delay(LISTEN_AGAIN_MS)
    }
  }
}
