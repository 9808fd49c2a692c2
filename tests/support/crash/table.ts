import type { CrashPoint } from '@tolem/crash-points'
import CliTable from 'cli-table3'

/** Did the exchange do what it was asked for when the process died? */
export type Variant = 'executed' | 'not executed'

export const VARIANTS = ['executed', 'not executed'] as const satisfies readonly Variant[]

type Line = { rounds: number; readonly outcomes: Map<string, number> }

/** What came of every round, by the point and by what the exchange did. */
export type Table = {
  readonly add: (point: CrashPoint, variant: Variant, outcome: string) => void
  /** A process died at the point, while so many were there. */
  readonly addDeath: (point: CrashPoint, came: number) => void
  readonly rounds: (point: CrashPoint, variant: Variant) => number
  readonly deaths: () => number
  readonly deathsAt: (point: CrashPoint) => number
  readonly mistakes: string[]
  readonly print: () => string
}

/** An empty table. */
export function createTable(): Table {
  const lines = new Map<string, Line>()
  const deaths = new Map<CrashPoint, { deaths: number; came: number }>()
  const lineOf = (point: CrashPoint, variant: Variant): Line => {
    const key = `${point}\t${variant}`
    const line = lines.get(key) ?? { rounds: 0, outcomes: new Map<string, number>() }
    lines.set(key, line)
    return line
  }
  return {
    add(point, variant, outcome) {
      const line = lineOf(point, variant)
      line.rounds += 1
      line.outcomes.set(outcome, (line.outcomes.get(outcome) ?? 0) + 1)
    },
    addDeath(point, came) {
      const counted = deaths.get(point) ?? { deaths: 0, came: 0 }
      deaths.set(point, { deaths: counted.deaths + 1, came: counted.came + came })
    },
    rounds: (point, variant) => lineOf(point, variant).rounds,
    deaths: () => [...deaths.values()].reduce((sum, counted) => sum + counted.deaths, 0),
    deathsAt: (point) => deaths.get(point)?.deaths ?? 0,
    mistakes: [],
    print() {
      const head = ['crash point', 'exchange', 'rounds', 'deaths', 'met there', 'outcomes']
      const table = new CliTable({ head, style: { head: [], border: [] } })
      for (const [key, { rounds, outcomes }] of lines) {
        const [point = '', variant = ''] = key.split('\t')
        const counted = deaths.get(point as CrashPoint)
        const told = [...outcomes].map(([name, count]) => `${name} ${count}`)
        const line = [point, variant, rounds, counted?.deaths ?? 0, counted?.came ?? 0]
        table.push([...line, told.join(', ')])
      }
      return table.toString()
    },
  }
}
