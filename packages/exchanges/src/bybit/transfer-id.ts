import { createHash } from 'node:crypto'
import type { MovementReference } from '@tolem/domain/ids'

/**
 * The transferId of a movement: Bybit wants a UUID (Bybit V5, Create Universal Transfer), and our references are 30
 * letters and digits. It is derived and not drawn, so that any process that knows the reference knows under which id to
 * look the transfer up, without a column for it. A reference holds more than the 122 free bits of a UUID, so it cannot
 * be packed into one; 122 bits of its SHA-256 are as good as one to one (two meet among 2^61 references). Version 8
 * is the one for such UUIDs of one's own making (RFC 9562, 5.8).
 */
export function transferIdOf(reference: MovementReference): string {
  const bytes = createHash('sha256').update(reference).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return [0, 8, 12, 16, 20].map((from, at, all) => hex.slice(from, all[at + 1])).join('-')
}
