import { createHash } from 'node:crypto'

/** What Bybit knows a transfer by: UUID version 8 of the SHA-256 of our reference. */
export function bybitTransferId(reference: string): string {
  const digest = createHash('sha256').update(reference).digest('hex').slice(0, 32)
  const variant = ((Number.parseInt(digest.charAt(16), 16) & 0x3) | 0x8).toString(16)
  const hex = `${digest.slice(0, 12)}8${digest.slice(13, 16)}${variant}${digest.slice(17)}`
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
