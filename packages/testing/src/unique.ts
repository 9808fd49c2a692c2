import { hash } from 'node:crypto'

let count = 0

/** Never the same number twice in one worker; with which it begins in a file is told by the files before. */
export function next(): number {
  count += 1
  return count
}

/** One like those of our own identifiers. */
export function nextUuid(): string {
  return `019a1b2c-3d4e-7f50-8a6b-${next().toString(16).padStart(12, '0')}`
}

/** As the wire makes it: of all that a message means. */
export function fingerprintOf(meaning: object): Buffer {
  return hash('sha256', textOf(meaning), 'buffer')
}

/** JSON with every amount as a text. */
export function textOf(value: object): string {
  return JSON.stringify(value, (_key, one) => (typeof one === 'bigint' ? String(one) : one))
}
