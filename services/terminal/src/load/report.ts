import { columns, labelled } from '../lines.ts'
import type { Paint } from '../shell.ts'
import type { Totals } from './tally.ts'

/** How far a load got. */
export type Extent = {
  readonly planned: number
  readonly started: number
  readonly underWay: number
  readonly elapsedMs: number
}

/** One line while a load is running. */
export function renderProgress({ latencies, problems }: Totals, extent: Extent): string {
  const purchase = latencies.find(({ kind }) => kind === 'purchase')
  const seconds = (extent.elapsedMs / 1000).toFixed(0)
  return [
    `  ${seconds} s: ${extent.started} of ${extent.planned} sent`,
    `${extent.underWay} under way`,
    `p50 ${purchase?.p50.toFixed(1)} ms`,
    `p99 ${purchase?.p99.toFixed(1)} ms`,
    `problems ${sum(problems)}`,
  ].join(', ')
}

/** The end of a load. Latencies of purchases count from the moment at which each was due. */
export function renderReport(totals: Totals, extent: Extent, paint: Paint): string {
  const { repeats } = totals
  const isConsistent = repeats.different === 0
  const differing = isConsistent ? paint.good('0') : paint.bad(String(repeats.different))
  return [
    '',
    labelled(
      'Sent',
      `${extent.started} of ${extent.planned} purchases, ${perSecond(extent)} a second`,
    ),
    labelled('Unfinished', `${extent.underWay} still under way`),
    '',
    renderLatencies(totals),
    '',
    ...renderCounts('Decisions', totals.decisions),
    ...renderCounts('Reversals', totals.reversals),
    ...renderCounts('Problems', totals.problems),
    labelled(
      'Repeats',
      `${repeats.same} answered the same bytes, ${repeats.not_compared} not compared`,
    ),
    labelled('Other bytes', differing),
    '',
    '',
  ].join('\n')
}

/** 1 when a repeat was answered otherwise than its first copy, or when nothing was decided at all. */
export function exitCodeOf({ repeats, decisions }: Totals): number {
  return repeats.different > 0 || decisions.size === 0 ? 1 : 0
}

function renderLatencies({ latencies }: Totals): string {
  const head = ['Latency (ms)', 'Count', 'p50', 'p90', 'p99', 'p99.9', 'Max']
  const rows = latencies
    .filter(({ count }) => count > 0)
    .map(({ kind, count, ...values }) => [
      kind,
      String(count),
      ...[values.p50, values.p90, values.p99, values.p999, values.most].map((ms) => ms.toFixed(2)),
    ])
  return columns(head, rows, [1, 2, 3, 4, 5, 6])
}

function renderCounts(label: string, counts: ReadonlyMap<string, number>): string[] {
  if (counts.size === 0) return [labelled(label, 'none')]
  return [...counts]
    .toSorted(([, one], [, other]) => other - one)
    .map(([name, count], index) => labelled(index === 0 ? label : '', `${count} ${name}`))
}

function perSecond({ started, elapsedMs }: Extent): string {
  return elapsedMs > 0 ? ((started / elapsedMs) * 1000).toFixed(1) : '-'
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0)
}
