/** The latest names that were added, at most `most` of them: when it is full the oldest is forgotten. */
export function createRecent(most: number): {
  add(name: string): void
  has(name: string): boolean
} {
  const names = new Set<string>()
  return {
    add(name) {
      names.add(name)
      const [oldest] = names
      if (names.size > most && oldest !== undefined) names.delete(oldest)
    },
    has: (name) => names.has(name),
  }
}
