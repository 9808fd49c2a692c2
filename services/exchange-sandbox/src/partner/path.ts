import type { ExchangeRequest } from '../call.ts'

/** The segment of a path with this index from its end, 0 being the last; empty when it is no text. */
export function lastSegment({ target }: ExchangeRequest, index = 0): string {
  const [path = ''] = target.split('?')
  try {
    return decodeURIComponent(path.split('/').at(-1 - index) ?? '')
  } catch {
    // A broken escape names nothing.
    return ''
  }
}
