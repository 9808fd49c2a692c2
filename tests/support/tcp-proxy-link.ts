import type { Socket } from 'node:net'
import type { Fault, ProxyCounts, Trap } from './tcp-proxy.ts'
import { createPipe } from './tcp-proxy-pipe.ts'

/** One connection through a proxy. */
export type Link = {
  /** The fault has changed: what waits may go on. */
  readonly wake: () => void
  readonly cut: (how: 'reset' | 'end') => void
  readonly halfClose: (towards: 'client' | 'server') => void
}

type Springing = { readonly trap: Trap; readonly sprung: Buffer[] }

/** What the proxy knows and its connections ask. */
export type Rules = {
  readonly counts: ProxyCounts
  readonly fault: () => Fault
  readonly isWhole: (reply: Buffer) => boolean
  readonly random: () => number
  /** The trap that this request springs. */
  readonly springing: (request: Buffer) => Springing | undefined
}

/** What is kept of a reply that was withheld. */
const KEPT_BYTES = 4_096

/** Joins both ends of a connection by two pipes, and does to them what the rules say. */
export function joinSockets(
  { client, server }: { readonly client: Socket; readonly server: Socket },
  rules: Rules,
): Link {
  const { counts } = rules
  let isMute = false
  let isDeaf = false
  let withheld: { readonly by: Springing; readonly pieces: Buffer[] } | undefined
  let truncating: { readonly fault: Fault; leftBytes: number } | undefined

  const cut = (how: 'reset' | 'end'): void => {
    if (client.destroyed) return
    counts.cut += 1
    if (how === 'reset') client.resetAndDestroy()
    else client.end()
    server.destroy()
  }
  const finish = (ending: Trap['ending']): void => {
    if (ending === 'silence') isMute = true
    else cut(ending)
  }
  const passRequest = (piece: Buffer): void => {
    if (isDeaf) return
    counts.requestBytes += piece.length
    const by = rules.springing(piece)
    if (by === undefined) return requests.write(piece)
    withheld = { by, pieces: [] }
    if (by.trap.request === 'all') return requests.write(piece)
    isDeaf = true
    by.sprung.push(Buffer.alloc(0))
    // An end, not a reset: the half that was sent must arrive.
    if (by.trap.request === 'half')
      server.end(piece.subarray(0, piece.length >> 1), () => finish(by.trap.ending))
    else finish(by.trap.ending)
  }
  const passReply = (piece: Buffer): void => {
    const fault = rules.fault()
    if (fault.kind === 'swallow') isMute = true
    if (isMute) counts.swallowed += 1
    else if (withheld) holdBack(withheld, piece)
    else if (fault.kind === 'truncate') truncate(fault, piece)
    else pass(piece)
  }
  const pass = (piece: Buffer): void => {
    counts.replyBytes += piece.length
    replies.write(piece)
  }
  const holdBack = ({ by, pieces }: NonNullable<typeof withheld>, piece: Buffer): void => {
    pieces.push(piece)
    const reply = Buffer.concat(pieces)
    if (!rules.isWhole(reply)) return
    counts.swallowed += 1
    by.sprung.push(reply.subarray(0, KEPT_BYTES))
    if (by.trap.reply === 'half') pass(reply.subarray(0, reply.length >> 1))
    finish(by.trap.ending)
  }
  const truncate = (fault: Fault & { readonly kind: 'truncate' }, piece: Buffer): void => {
    if (truncating?.fault !== fault) truncating = { fault, leftBytes: fault.afterBytes }
    const passed = piece.subarray(0, truncating.leftBytes)
    truncating.leftBytes -= passed.length
    if (passed.length > 0) pass(passed)
    if (truncating.leftBytes === 0) cut('reset')
  }
  const lateness = (way: 'requestsMs' | 'repliesMs') => () => {
    const fault = rules.fault()
    if (fault.kind !== 'slow') return 0
    return (fault[way] ?? 0) + (fault.jitterMs ?? 0) * rules.random()
  }
  const isHeld = () => rules.fault().kind === 'stall'
  const requests = createPipe(
    { from: client, to: server },
    { pass: passRequest, isHeld, lateMs: lateness('requestsMs') },
  )
  const replies = createPipe(
    { from: server, to: client },
    { pass: passReply, isHeld, lateMs: lateness('repliesMs') },
  )
  watchErrors({ client, server }, counts)
  return {
    wake: () => {
      requests.pump()
      replies.pump()
    },
    cut,
    halfClose: (towards) => (towards === 'client' ? client : server).end(),
  }
}

/** An end that breaks takes the other with it; a target that does not listen looks like a reset. */
function watchErrors(
  { client, server }: { readonly client: Socket; readonly server: Socket },
  counts: ProxyCounts,
): void {
  let isTaken = false
  server.once('connect', () => {
    isTaken = true
  })
  server.on('error', () => {
    if (!isTaken) counts.untaken += 1
    client.resetAndDestroy()
  })
  client.on('error', () => server.resetAndDestroy())
}
