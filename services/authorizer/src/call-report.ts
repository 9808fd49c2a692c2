import type { BankId } from '@tolem/domain/ids'
import type { Logger } from '@tolem/telemetry/logger'
import type { Metrics } from '@tolem/telemetry/metrics'
import type { WireAnswer } from '@tolem/wire/problem'
import type { RouteName } from './route.ts'

/** One call that was answered. */
export type AnsweredCall = {
  readonly call: RouteName
  /** Absent where no signature held. */
  readonly bank: BankId | undefined
  readonly answer: WireAnswer
  /** From arrival to answer. */
  readonly ms: number
}

/** Told of every call besides authorizations when its answer is about to leave. */
export type CallReport = (call: AnsweredCall) => void

/** The calls that only read: they are counted, and write no log line. */
const READS: ReadonlySet<RouteName> = new Set([
  'list_authorizations',
  'get_authorization',
  'get_rates',
  'get_bank',
  'get_card',
  'get_mandate',
])

/** What may stand in a log line of what was answered: closed words and our own ids, nothing that a caller wrote. */
const LOGGED = [
  'authorizationId',
  'reversalId',
  'clearingId',
  'refundId',
  'mandateId',
  'responseCode',
  'reason',
] as const

/** Counts calls by what they came to, and writes one log line for each that may change something. */
export function createCallReport(deps: {
  readonly metrics: Metrics
  readonly logger: Logger
}): CallReport {
  const calls = deps.metrics.counter(
    'calls_total',
    'Calls answered besides authorizations: the outcome, the decision or the problem.',
    ['call', 'bank', 'outcome'],
  )
  const durations = deps.metrics.duration('call_duration', 'From arrival to answer.', ['call'])
  return ({ call, bank, answer, ms }) => {
    const told = read(answer)
    const outcome = outcomeOf(told)
    calls.inc({ call, bank: bank ?? '', outcome })
    durations.observe({ call }, ms / 1_000)
    if (READS.has(call)) return
    const ids = Object.fromEntries(LOGGED.map((name) => [name, told[name]]))
    const rounded = Math.round(ms * 100) / 100
    deps.logger.info({ call, bank, outcome, ...ids, status: answer.status, ms: rounded }, 'call')
  }
}

type Told = Readonly<Record<string, unknown>>

/** The answer as it leaves, replays included: ours, so it is JSON, and small but for lists, which are not read. */
function read({ status, body }: WireAnswer): Told {
  if (body.length > 16_384) return {}
  const told: Told = JSON.parse(body)
  return status < 300 ? told : { ...told, outcome: problemName(told) }
}

/** All three are words of closed lists, which keeps the metric's label bounded. */
function outcomeOf({ outcome, decision }: Told): string {
  if (typeof outcome === 'string') return outcome
  return typeof decision === 'string' ? decision : 'answered'
}

function problemName({ type }: Told): string {
  return String(type).slice('/problems/'.length)
}
