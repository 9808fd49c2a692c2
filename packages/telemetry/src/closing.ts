import type { Logger } from './logger.ts'

/** Something that a service opened, and for how long its closing is waited for. */
export type ClosingPart = {
  readonly name: string
  readonly withinMs: number
  readonly close: () => Promise<unknown>
}

/**
 * Closes one part after the other, each inside its time. What hangs or fails is logged and left behind: the process
 * ends in any case, and whatever was not finished is found by who comes next. Resolves at the latest after the sum of
 * the times; never rejects.
 */
export async function closeInOrder(parts: readonly ClosingPart[], logger: Logger): Promise<void> {
  for (const { name, withinMs, close } of parts) {
    const late = Promise.withResolvers<'late'>()
    const timer = setTimeout(() => late.resolve('late'), withinMs)
    const closing = Promise.try(close).then(
      () => 'closed' as const,
      (error: unknown) => {
        logger.warn({ part: name, err: error }, 'closing failed')
        return 'failed' as const
      },
    )
    const came = await Promise.race([closing, late.promise])
    clearTimeout(timer)
    if (came === 'late')
      logger.warn({ part: name, withinMs }, 'closing takes too long: left behind')
  }
}
