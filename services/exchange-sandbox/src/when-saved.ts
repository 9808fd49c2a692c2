import type { Answer } from './call.ts'

/** Holds an answer back until what it tells of is durable. */
export function whenSaved(
  entry: { readonly saving?: Promise<void> },
  answer: Answer,
): Answer | Promise<Answer> {
  return entry.saving === undefined ? answer : entry.saving.then(() => answer)
}
