import type { BankId } from '@tolem/domain/ids'
import type { AuthorizePorts } from './authorize.ts'

/** The stages of an authorization, in order: the same names in `Server-Timing`, in the metrics and in the log. */
export const STAGES = [
  'verify',
  'parse',
  'original',
  'card',
  'quote',
  'accept',
  'debit',
  'balance',
  'lower',
  'conclude',
] as const
export type Stage = (typeof STAGES)[number]

/** What one request took and came to, gathered while it runs. */
export type Observation = {
  readonly stages: { readonly stage: Stage; readonly ms: number }[]
  readonly facts: {
    bank?: BankId
    type?: string
    authorizationId?: string
    decision?: string
    reason?: string
  }
}

export function startObservation(): Observation {
  return { stages: [], facts: {} }
}

/** The W3C `Server-Timing` value of an observation. */
export function serverTiming({ stages }: Pick<Observation, 'stages'>, totalMs: number): string {
  const entries = stages.map(({ stage, ms }) => `${stage};dur=${ms.toFixed(2)}`)
  return [...entries, `total;dur=${totalMs.toFixed(2)}`].join(', ')
}

/** The same ports, with the time of each call and the facts of the decision written down. */
export function observed(
  ports: AuthorizePorts,
  observation: Observation,
  now: () => number,
): AuthorizePorts {
  const { stages, facts } = observation
  const note = <T>(stage: Stage, startedAt: number, value: T): T => {
    stages.push({ stage, ms: now() - startedAt })
    return value
  }
  return {
    ...ports,
    verify(message) {
      const startedAt = now()
      const verified = note('verify', startedAt, ports.verify(message))
      if (verified.ok) facts.bank = verified.caller.id
      return verified
    },
    parse(bank, body) {
      const startedAt = now()
      const parsed = note('parse', startedAt, ports.parse(bank, body))
      if (parsed.ok) facts.type = parsed.value.type
      return parsed
    },
    async findOriginal(request) {
      const startedAt = now()
      return note('original', startedAt, await ports.findOriginal(request))
    },
    async findCard(request) {
      const startedAt = now()
      return note('card', startedAt, await ports.findCard(request))
    },
    plan(input) {
      const startedAt = now()
      facts.authorizationId = input.id
      const plan = note('quote', startedAt, ports.plan(input))
      if (plan.kind === 'decline')
        Object.assign(facts, { decision: 'declined', reason: plan.reason })
      return plan
    },
    async accept(item) {
      const startedAt = now()
      const acceptance = note('accept', startedAt, await ports.accept(item))
      if (acceptance.kind === 'declined')
        Object.assign(facts, { decision: 'declined', reason: acceptance.reason })
      else if (acceptance.kind !== 'accepted') Object.assign(facts, { decision: acceptance.kind })
      return acceptance
    },
    async debit(orders, deadline) {
      const startedAt = now()
      return note('debit', startedAt, await ports.debit(orders, deadline))
    },
    async balance(order, deadline) {
      const startedAt = now()
      return note('balance', startedAt, await ports.balance(order, deadline))
    },
    async fallBack(item) {
      const startedAt = now()
      return note('lower', startedAt, await ports.fallBack(item))
    },
    async conclude(item) {
      const startedAt = now()
      const concluded = note('conclude', startedAt, await ports.conclude(item))
      const { decision } = item
      const isApproved = concluded.state === 'approved' && decision.kind === 'approve'
      facts.decision = isApproved ? decision.outcome : concluded.state
      if (concluded.reason !== undefined) facts.reason = concluded.reason
      return concluded
    },
  }
}
