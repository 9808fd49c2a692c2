import { styleText } from 'node:util'

/** What commands need of the process around them. */
export type Shell = {
  /** Writes text as it is, to standard output and standard error. */
  readonly out: (text: string) => void
  readonly error: (text: string) => void
  /** Is standard output a terminal that a person looks at? */
  readonly isInteractive: boolean
  readonly paint: Paint
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Milliseconds that no change of the wall clock moves. */
  readonly monotonicNow: () => number
  /** At least 0 and below 1. */
  readonly random: () => number
  /** Ends early, without an error, when `signal` is aborted. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>
  /** From this call on the first Ctrl-C aborts the signal instead of ending the process. */
  readonly catchInterruption: () => AbortSignal
}

/** Marks text by meaning. */
export type Paint = {
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly strong: (text: string) => string
  readonly faint: (text: string) => string
}

/** Marks by colours, or leaves text as it is. */
export function createPaint(isColoured: boolean): Paint {
  const style = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    isColoured ? styleText(format, text, { validateStream: false }) : text
  return {
    good: style(['bold', 'green']),
    bad: style(['bold', 'red']),
    strong: style('bold'),
    faint: style('dim'),
  }
}
