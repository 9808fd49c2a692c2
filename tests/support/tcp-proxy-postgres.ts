import type { ProxyTarget } from './tcp-proxy.ts'

const HEAD_BYTES = 5
const READY_FOR_QUERY = 'Z'
const COMMAND_COMPLETE = 'C'
const ERROR_RESPONSE = 'E'

/** Where a proxy leads that understands PostgreSQL's protocol as far as traps need it. */
export function postgresAt(url: string): ProxyTarget {
  const { hostname, port } = new URL(url)
  return { host: hostname, port: Number(port), isWhole: isReadyForQuery }
}

/**
 * Has the server said all of it? Rows may come before the commit; ReadyForQuery comes after it, so a reply that is cut
 * before here may belong to a statement that never committed, and one that is cut here surely did what it says.
 */
function isReadyForQuery(reply: Buffer): boolean {
  return framesOf(reply).at(-1)?.type === READY_FOR_QUERY
}

/** What became of a statement, by the reply that was withheld: its command tags, and `error` for each error. */
export function outcomesIn(reply: Buffer): readonly string[] {
  return framesOf(reply).flatMap(({ type, body }) => {
    if (type === COMMAND_COMPLETE) return [body.toString('latin1').replaceAll('\0', '')]
    return type === ERROR_RESPONSE ? ['error'] : []
  })
}

type Frame = { readonly type: string; readonly body: Buffer }

/** The messages that have come whole, and so have the bytes after them: what is cut short gives no last frame. */
function framesOf(reply: Buffer): readonly Frame[] {
  const frames: Frame[] = []
  let at = 0
  while (at + HEAD_BYTES <= reply.length) {
    const end = at + 1 + reply.readUInt32BE(at + 1)
    const type = String.fromCharCode(reply.readUInt8(at))
    if (end > reply.length) break
    frames.push({ type, body: reply.subarray(at + HEAD_BYTES, end) })
    at = end
  }
  return frames
}
