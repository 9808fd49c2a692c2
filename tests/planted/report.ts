import Table from 'cli-table3'
import type { Verdict } from './try-patch.ts'

/** One tried mistake. */
export type Trial = { readonly name: string; readonly verdict: Verdict; readonly seconds: number }

/** One line as soon as a mistake was tried. */
export function trialLine({ name, verdict, seconds }: Trial): string {
  return `${verdict.kind.padEnd(9)} ${seconds.toFixed(1).padStart(6)} s  ${name}`
}

/** The table of all: mistake, what caught it, seconds. */
export function trialTable(trials: readonly Trial[]): string {
  const table = new Table({
    head: ['planted mistake', 'caught by', 's'],
    colAligns: ['left', 'left', 'right'],
    style: { head: [], border: [] },
  })
  for (const { name, verdict, seconds } of trials)
    table.push([name, findingOf(verdict), seconds.toFixed(1)])
  return table.toString()
}

function findingOf(verdict: Verdict): string {
  if (verdict.kind === 'survived') return 'NOT CAUGHT'
  if (verdict.kind !== 'caught') return `NOT CAUGHT: ${verdict.kind}: ${verdict.detail}`
  const [first, ...more] = verdict.by
  const others = more.length > 0 ? ` (and ${more.length} more)` : ''
  return `${first?.title}${others}\n  ${first?.file}`
}
