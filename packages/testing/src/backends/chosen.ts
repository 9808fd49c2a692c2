/** A server for a test run: where it is, what it is, and why the better ones were passed over. */
export type Chosen = {
  readonly url: string
  readonly what: string
  readonly reasons: readonly string[]
  readonly stop: () => Promise<void>
}

export type Environment = Readonly<Record<string, string | undefined>>

/** A server that somebody else runs, and goes on running. */
export function given(url: string): Chosen {
  return { url, what: 'as given', reasons: [], stop: () => Promise.resolve() }
}
