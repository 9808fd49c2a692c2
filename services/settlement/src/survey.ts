/** Looks at the whole database again and again, so that the metrics show what no instance is at work on. */
export type Survey = { start(): void; close(): void }

// As often as Prometheus commonly scrapes at the most.
/** How often a survey looks, where nothing else is asked for. */
export const SURVEY_INTERVAL_MS = 5_000

/** Looks when it is started, and `intervalMs` after each look; one look at a time, and none after it is closed. */
export function createSurvey(deps: {
  /** Shows what it finds in the metrics. */
  readonly look: () => Promise<void>
  readonly intervalMs: number
  /** A look failed: the gauges keep what they last showed, and readiness tells of the database. */
  readonly onFault: (error: unknown) => void
}): Survey {
  let closed = false
  let timer: NodeJS.Timeout | undefined

  async function turn(): Promise<void> {
    try {
      await deps.look()
    } catch (error) {
      // The next look may see more.
      deps.onFault(error)
    }
    if (!closed) timer = setTimeout(() => void turn(), deps.intervalMs)
  }

  return {
    start: () => void turn(),
    close: () => {
      closed = true
      clearTimeout(timer)
    },
  }
}
