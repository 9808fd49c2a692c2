import type { Progress } from './load.ts'

/** Where the command writes, and whether a person is watching. */
export type Screen = { readonly write: (text: string) => void; readonly isTerminal: boolean }

/** Shows how far a load has come: on a terminal one line that changes, else a line now and then. */
export type Display = {
  readonly show: (progress: Progress) => void
  /** Ends the line that changes. */
  readonly close: () => void
}

const TERMINAL_INTERVAL_MS = 100
const PLAIN_INTERVAL_MS = 5_000

/** `elapsed` gives milliseconds that only ever grow. */
export function createDisplay(screen: Screen, elapsed: () => number): Display {
  const intervalMs = screen.isTerminal ? TERMINAL_INTERVAL_MS : PLAIN_INTERVAL_MS
  const startedAt = elapsed()
  let shownAt = screen.isTerminal ? Number.NEGATIVE_INFINITY : startedAt
  let first: number | undefined
  let isOpen = false

  return {
    show({ records }) {
      first ??= records
      const now = elapsed()
      if (now - shownAt < intervalMs) return
      shownAt = now
      const perSecond = Math.round(((records - first) * 1_000) / Math.max(now - startedAt, 1))
      const text = `${records} records, ${perSecond} a second`
      isOpen = screen.isTerminal
      screen.write(isOpen ? `\r\u001B[K${text}` : `${text}\n`)
    },
    close() {
      if (isOpen) screen.write('\n')
      isOpen = false
    },
  }
}
