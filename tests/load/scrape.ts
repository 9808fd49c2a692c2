import { request } from 'undici'

/** The authorizer's metrics at one moment: sums over labels, by name, or by name and one label's value. */
export type Scrape = {
  /** All samples of a metric, added up; 0 when it has none. */
  sum(metric: string, label?: string): number
}

/** Reads `/metrics`. Reading also begins a new period for the event loop's delay. */
export async function scrape(adminUrl: string): Promise<Scrape> {
  const { body } = await request(`${adminUrl}/metrics`)
  const lines = (await body.text()).split('\n').filter((line) => line !== '' && line[0] !== '#')
  const samples = lines.map((line) => {
    const [, name = '', labels = '', value] = /^([\w:]+)(\{.*\})? (\S+)$/.exec(line) ?? []
    return { name, labels, value: Number(value) }
  })
  return {
    sum: (metric, label = '') =>
      samples
        .filter(({ name, labels }) => name === metric && labels.includes(label))
        .reduce((sum, { value }) => sum + value, 0),
  }
}

/** What the authorizer said of itself between two scrapes. */
export type OwnView = {
  /** Mean milliseconds in each stage of the path. */
  readonly stageMs: Readonly<Record<string, number>>
  /** Authorizations in one statement, on average. */
  readonly itemsPerAccept: number
  readonly itemsPerConclude: number
  /** How late timers came, of which up to 10 ms are the measuring timer's own period. */
  readonly eventLoopP50Ms: number
  readonly eventLoopP99Ms: number
}

const STAGES = ['verify', 'parse', 'card', 'quote', 'accept', 'debit', 'conclude']

/** Compares two scrapes. */
export function compareScrapes(before: Scrape, after: Scrape): OwnView {
  const grown = (metric: string, label?: string) =>
    after.sum(metric, label) - before.sum(metric, label)
  const meanMs = (stage: string) => {
    const label = `stage="${stage}"`
    const seconds = grown('tolem_stage_duration_seconds_sum', label)
    return (1_000 * seconds) / Math.max(1, grown('tolem_stage_duration_seconds_count', label))
  }
  const itemsPer = (statement: string) => {
    const label = `statement="${statement}"`
    const runs = grown('tolem_group_commit_runs_total', label)
    return grown('tolem_group_commit_items_total', label) / Math.max(1, runs)
  }
  return {
    stageMs: Object.fromEntries(STAGES.map((stage) => [stage, meanMs(stage)])),
    itemsPerAccept: itemsPer('accept'),
    itemsPerConclude: itemsPer('conclude'),
    eventLoopP50Ms: after.sum('nodejs_eventloop_lag_p50_seconds') * 1_000,
    eventLoopP99Ms: after.sum('nodejs_eventloop_lag_p99_seconds') * 1_000,
  }
}
