import type { AuthorizationId } from '@tolem/domain/ids'
import type { RailCall } from '@tolem/exchanges/observed'
import type { MirrorFault } from '@tolem/quotes/mirror'
import type { Logger } from '@tolem/telemetry/logger'
import type { Metrics } from '@tolem/telemetry/metrics'
import type { WireAnswer } from '@tolem/wire/problem'
import type { Observation } from './observe.ts'

/** What the authorizer says about itself: one log line and a few samples for each authorization. */
export type Report = {
  authorization(observation: Observation, answer: WireAnswer, ms: number): void
  exchangeCall(call: RailCall): void
  batch(statement: 'accept' | 'conclude', size: number): void
  withdrawn(id: AuthorizationId): void
  databaseFault(error: Error): void
  mirrorFault(fault: MirrorFault): void
  busFault(error: unknown): void
  mistake(error: unknown): void
}

export function createReport(deps: { readonly metrics: Metrics; readonly logger: Logger }): Report {
  const { metrics, logger } = deps
  const decisions = metrics.counter(
    'decisions_total',
    'Authorizations answered, by what they were answered with.',
    ['bank', 'type', 'decision', 'reason', 'status'],
  )
  const stages = metrics.duration('stage_duration', 'Stages of an authorization.', ['stage'])
  const totals = metrics.duration(
    'authorization_duration',
    'From arrival to answer, the exchange included.',
    ['bank'],
  )
  const calls = metrics.duration('exchange_call_duration', 'Calls to exchanges, by outcome.', [
    'exchange',
    'rail',
    'call',
    'outcome',
  ])
  const batches = metrics.counter(
    'group_commit_items_total',
    'Items carried by group-committed statements.',
    ['statement'],
  )
  const runs = metrics.counter('group_commit_runs_total', 'Group-committed statements.', [
    'statement',
  ])
  const withdrawals = metrics.counter(
    'withdrawals_total',
    'Approvals withdrawn because they were recorded too late to be sent.',
    [],
  )
  const faults = metrics.counter('faults_total', 'Faults of what we depend on.', ['of'])

  return {
    authorization({ stages: taken, facts }, { status }, ms) {
      const { bank = '', type = '', decision = '', reason = '' } = facts
      decisions.inc({ bank, type, decision, reason, status: String(status) })
      totals.observe({ bank }, ms / 1_000)
      for (const { stage, ms: stageMs } of taken) stages.observe({ stage }, stageMs / 1_000)
      logger.info({ ...facts, status, ms: Math.round(ms * 100) / 100 }, 'authorization')
    },
    exchangeCall({ seconds, ...labels }) {
      calls.observe(labels, seconds)
    },
    batch(statement, size) {
      batches.inc({ statement }, size)
      runs.inc({ statement })
    },
    withdrawn(authorizationId) {
      withdrawals.inc()
      logger.warn({ authorizationId }, 'approval withdrawn: it was recorded too late to be sent')
    },
    databaseFault(error) {
      faults.inc({ of: 'postgres' })
      logger.warn({ err: error }, 'database fault')
    },
    mirrorFault(fault) {
      faults.inc({ of: 'rates' })
      logger.warn(fault, 'rate mirror fault')
    },
    busFault(error) {
      faults.inc({ of: 'bus' })
      logger.warn({ err: error }, 'bans are not shared: the bus is not there')
    },
    mistake(error) {
      faults.inc({ of: 'authorizer' })
      logger.error({ err: error }, 'unexpected fault')
    },
  }
}
