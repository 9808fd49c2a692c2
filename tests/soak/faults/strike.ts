/** One thing that goes wrong. */
export type Strike = {
  /** For counting: `kill authorizer`. */
  readonly name: string
  /** What it takes away: no two strikes have the same at a time. */
  readonly target: string
  /** How often beside others; 1 unless told. */
  readonly weight?: number
  /** Strikes, lasts, and heals again. `random` is in [0, 1). */
  readonly run: (random: () => number) => Promise<void>
}

/** One of several. */
export function choose<Item>(items: readonly Item[], random: () => number): Item {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new Error('nothing to choose from')
  return item
}

/** Between two numbers. */
export function between(least: number, most: number, random: () => number): number {
  return least + random() * (most - least)
}
