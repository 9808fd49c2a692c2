import type { StageTiming } from '@tolem/client/result'
import { bar, columns } from './lines.ts'

const BAR_WIDTH = 32

/**
 * Where the time went: each stage that the server told, its total, and the round trip as the terminal saw it. The
 * server's own `total` is taken where it gives one, since stages need not cover all of its time.
 */
export function renderTiming(timing: readonly StageTiming[], roundTripMs: number): string {
  const stages = timing.filter(({ name }) => name !== 'total')
  const sum = stages.reduce((total, stage) => total + stage.durationMs, 0)
  const total = timing.find(({ name }) => name === 'total')?.durationMs ?? sum
  const rows = [
    ...stages,
    ...(timing.length > 0 ? [{ name: 'total', durationMs: total }] : []),
    { name: 'round trip', durationMs: roundTripMs },
  ]
  const longest = Math.max(...rows.map((row) => row.durationMs))
  return columns(
    ['Stage', 'ms', ''],
    rows.map(({ name, durationMs }) => [
      name,
      durationMs.toFixed(2),
      bar(longest > 0 ? durationMs / longest : 0, BAR_WIDTH),
    ]),
    [1],
  )
}
