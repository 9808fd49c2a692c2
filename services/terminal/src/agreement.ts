import type { Result } from '@tolem/client/result'

/** What a repeat showed. `not_compared`: one of the two had no decision, which is no contradiction. */
export type Agreement = 'same' | 'different' | 'not_compared'

/**
 * Did a repeat get the same bytes? A repeat that finds no room or no time may get a problem of that kind instead; any
 * other answer than the first one's bytes is a contradiction.
 */
export function compareAnswers<Answer>(first: Result<Answer>, repeat: Result<Answer>): Agreement {
  if (first.kind !== 'decided' || repeat.kind === 'unreachable') return 'not_compared'
  if (repeat.kind === 'decided') return repeat.body === first.body ? 'same' : 'different'
  const isTransient = repeat.status >= 500 || repeat.status === 409 || repeat.status === 429
  return isTransient ? 'not_compared' : 'different'
}
