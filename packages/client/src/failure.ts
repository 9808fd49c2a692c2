/** What went wrong with a call that got no answer, in a line. */
export function tellFailure(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs} ms`
  // Node tries each address of a name; what it then throws has no message of its own.
  if (error instanceof AggregateError) return error.errors.map(String).join('; ')
  return error.message
}
