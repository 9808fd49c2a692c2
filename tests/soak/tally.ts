/** What a soak counted. */
export type Tally = {
  /** Authorizations that banks sent, each once however often it was repeated. */
  authorizations: number
  readonly calls: Map<string, number>
  readonly answers: Map<string, number>
  readonly faults: Map<string, number>
  readonly mistakes: string[]
  /** Answers to authorizations and increments later than the budget by the bank's own clock, and of the slowest. */
  late: number
  slowestMs: number
}

export function newTally(): Tally {
  return {
    authorizations: 0,
    calls: new Map(),
    answers: new Map(),
    faults: new Map(),
    mistakes: [],
    late: 0,
    slowestMs: 0,
  }
}

export function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

/** Counts as a person reads them, the most frequent first. */
export function listCounts(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .toSorted(([, one], [, other]) => other - one)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}
