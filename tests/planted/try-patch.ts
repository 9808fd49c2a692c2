import type { Patch } from './patches.ts'
import { type Asked, type Ended, findTypeErrors, type Run, runTests } from './runs.ts'
import { applyPatch, makeTree } from './tree.ts'

/**
 * What came of a planted mistake. Only `caught` counts: a test that passes without the patch failed with it. What does
 * not compile, load or run at all would be noticed by anybody, and proves nothing about the tests.
 */
export type Verdict =
  | { readonly kind: 'caught'; readonly by: readonly Ended[] }
  | { readonly kind: 'survived' }
  | {
      readonly kind: 'does_not_apply' | 'does_not_compile' | 'does_not_load' | 'does_not_end'
      readonly detail: string
    }

/** The tests that pass without any patch, by file and title. */
export type Passing = ReadonlySet<string>

/** Names a test among all. */
export function testKey({ file, title }: Pick<Ended, 'file' | 'title'>): string {
  return `${file}\n${title}`
}

/** Plants one mistake in a fresh copy and runs tests there. */
export async function tryPatch(patch: Patch, asked: Asked, passing: Passing): Promise<Verdict> {
  const { tree, files } = asked
  await makeTree(tree)
  try {
    await applyPatch(tree, patch.path)
  } catch (error) {
    return { kind: 'does_not_apply', detail: String(error).slice(0, 300) }
  }
  const [typeErrors, run] = await Promise.all([
    findTypeErrors(asked, [...patch.files, ...files]),
    runTests(asked),
  ])
  if (typeErrors !== undefined) return { kind: 'does_not_compile', detail: typeErrors }
  if (run === undefined) return { kind: 'does_not_end', detail: `not within ${asked.limitMs} ms` }
  return judge(run, passing)
}

/** What PostgreSQL says of a statement that it cannot read: no test is needed to notice that. */
const UNREADABLE_STATEMENT =
  /syntax error|could not determine data type|is ambiguous|(column|relation|function) .* does not exist/

function judge({ tests, unloaded }: Run, passing: Passing): Verdict {
  if (unloaded.length > 0) return { kind: 'does_not_load', detail: unloaded.join(', ') }
  const by = tests.filter((test) => !test.hasPassed && passing.has(testKey(test)))
  const unreadable = by.find(({ message }) => UNREADABLE_STATEMENT.test(message))
  if (unreadable) return { kind: 'does_not_load', detail: unreadable.message.slice(0, 300) }
  return by.length > 0 ? { kind: 'caught', by } : { kind: 'survived' }
}
