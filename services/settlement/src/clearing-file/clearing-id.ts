import { createHash } from 'node:crypto'
import type { ClearingId } from '@tolem/domain/ids'

/**
 * The id of the clearing that the `place`-th record of a file leads to: a UUID version 7 (RFC 9562) whose time is that
 * of the file's first loading and whose random bits are a digest. The same record of the same file has the same id for
 * ever, so a loader that is started again tells what it had recorded itself from what came before.
 */
export function clearingIdOf(file: {
  readonly digest: Buffer
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** Counts from 1. */
  readonly place: number
}): ClearingId {
  const bytes = createHash('sha256').update(file.digest).update(String(file.place)).digest()
  bytes.writeUIntBE(file.startedAt, 0, 6)
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  const hex = bytes.subarray(0, 16).toString('hex')
  const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)]
  return `clr_${[...groups, hex.slice(20)].join('-')}` as ClearingId
}
