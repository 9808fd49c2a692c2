/** A stream of numbers in [0, 1). */
export type Random = () => number

/**
 * A random stream that depends on nothing but the seed and the name: mulberry32, seeded by FNV-1a. Streams with
 * different names do not disturb each other, so a new symbol changes no other symbol's path.
 */
export function createRandom(seed: number, name: string): Random {
  let state = hash(`${seed}/${name}`)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  }
  return value
}
