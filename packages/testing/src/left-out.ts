import type { TestContext } from 'vitest'

declare module 'vitest' {
  interface TaskMeta {
    /** Why this machine cannot run the test: `.ci/count.mjs` fails for a test that did not run without saying why. */
    leftOut?: string
  }
}

/** Leaves the test out on a machine that lacks what it needs, and says so: `why` names it and how to get it. */
export function leaveOut(context: TestContext, why: string): never {
  const { task } = context
  task.meta.leftOut = why
  process.stdout.write(`left out: ${task.name}: ${why}\n`)
  context.skip(why)
}
