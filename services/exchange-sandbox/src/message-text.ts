import type { RawData } from 'ws'

/** The text of a WebSocket message. Both exchanges take text only, so anything but one buffer counts as empty. */
export function messageText(data: RawData): string {
  return Buffer.isBuffer(data) ? data.toString('utf8') : ''
}
