import { hash } from 'node:crypto'

/** A stream of numbers that a seed decides. */
export type Random = {
  /** In [0, 1). */
  readonly next: () => number
  /** A whole number from 0 up to, not including, `end`. */
  readonly below: (end: number) => number
  readonly between: (least: number, most: number) => number
  readonly chance: (probability: number) => boolean
  /** @throws when there is nothing to pick from. */
  readonly pick: <Item>(items: readonly Item[]) => Item
  readonly bytes: (length: number) => Buffer
  /** A stream of its own, by its name: what draws from it changes no other. */
  readonly fork: (name: string) => Random
}

/** The stream of a name: sfc32, seeded by the name's digest. */
export function createRandom(name: string): Random {
  const next = sfc32(hash('sha256', name, 'buffer'))
  const below = (end: number) => Math.floor(next() * end)
  return {
    next,
    below,
    between: (least, most) => least + next() * (most - least),
    chance: (probability) => next() < probability,
    pick(items) {
      const picked = items[below(items.length)]
      if (picked === undefined) throw new Error('nothing to pick from')
      return picked
    },
    bytes: (length) => Buffer.from(Array.from({ length }, () => below(256))),
    fork: (child) => createRandom(`${name}/${child}`),
  }
}

function sfc32(seed: Buffer): () => number {
  let a = seed.readUInt32LE(0)
  let b = seed.readUInt32LE(4)
  let c = seed.readUInt32LE(8)
  let counter = 1
  return () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 4_294_967_296
  }
}
