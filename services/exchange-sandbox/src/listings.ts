import type { Operation } from './entries.ts'

/** One line of an exchange's list of transfers: an operation, and which of its executions this is, from 1. */
export type Listing = { readonly operation: Operation; readonly time: number }

/** What was moved twice under one reference (the fault `execute_twice`) stands twice in the list. */
export function listings(
  operations: readonly Operation[],
  timesMoved: (operation: Operation) => number,
): Listing[] {
  return operations.flatMap((operation) =>
    Array.from({ length: Math.max(1, timesMoved(operation)) }, (_, index) => ({
      operation,
      time: index + 1,
    })),
  )
}
