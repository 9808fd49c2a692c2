import type { MessageNumbers } from '@tolem/client/message-numbers'
import type { AdviceBody } from '@tolem/wire/advice'
import type { ClearingBody } from '@tolem/wire/clearing'
import type { RefundBody } from '@tolem/wire/refund'
import type { AuthorizationBody, IncrementBody } from '@tolem/wire/request'
import type { ReversalBody } from '@tolem/wire/reversal'
import {
  adviceBody,
  clearingBody,
  incrementBody,
  type Original,
  refundBody,
  reversalBody,
} from '../messages/follow-ups.ts'
import { networkKeyOf, purchaseBody, saleLike } from '../messages/sale.ts'
import type { MessageStep, NamedStep, Scenario } from './scenario.ts'

type StepOf<Kind extends MessageStep['kind']> = Extract<MessageStep, { readonly kind: Kind }>

/**
 * The messages of one playing. Those that others can be about are built once, numbers included, so that a step can
 * speak of one that was not sent yet. A step that speaks of a message that there is not is a mistake in its scenario:
 * thrown.
 */
export type Bodies = {
  readonly authorization: (step: StepOf<'authorize'>) => AuthorizationBody
  readonly increment: (step: StepOf<'increment'>) => IncrementBody
  readonly advice: (step: StepOf<'advise'>) => AdviceBody
  readonly reversal: (step: StepOf<'reverse'>) => ReversalBody
  readonly clearing: (step: StepOf<'clear'>) => ClearingBody
  readonly refund: (step: StepOf<'refund'>) => RefundBody
  /** Notes under which id a message was answered. */
  readonly answeredAs: (name: string, authorizationId: string) => void
  /** The ids under which messages were answered; those that were not are left out. */
  readonly idsOf: (names: readonly string[]) => readonly string[]
  /** The token of one of the playing's cards. */
  readonly tokenOf: (card: string | undefined) => string
}

const MESSAGE_KINDS = {
  authorize: 'authorization',
  increment: 'increment',
  advise: 'advice',
} as const satisfies Record<NamedStep['kind'], string>

/** An empty playing. `suffix` tells the cards of one playing from those of another. */
export function createBodies(deps: {
  readonly scenario: Scenario
  readonly suffix: string
  readonly nextNumbers: () => MessageNumbers
}): Bodies {
  const { scenario, suffix, nextNumbers } = deps
  const authorizations = new Map<string, AuthorizationBody>()
  const increments = new Map<string, IncrementBody>()
  const advices = new Map<string, AdviceBody>()
  const ids = new Map<string, string>()
  const tokenOf = (card = 'main') => `card-${scenario.name}-${card}-${suffix}`

  function bodyOf(step: NamedStep): AuthorizationBody | IncrementBody | AdviceBody {
    switch (step.kind) {
      case 'authorize':
        return authorization(step)
      case 'increment':
        return increment(step)
      case 'advise':
        return advice(step)
    }
  }

  const authorization: Bodies['authorization'] = ({ name, sale, card }) =>
    once(authorizations, name, () =>
      purchaseBody({ ...sale, cardToken: tokenOf(card) }, nextNumbers()),
    )

  const increment: Bodies['increment'] = ({ name, of, amount }) =>
    once(increments, name, () => {
      const sale = { ...saleLike(bodyOf(findStep(scenario, of))), amount }
      return incrementBody({ original: originalOf(of), sale }, nextNumbers())
    })

  const advice: Bodies['advice'] = ({ name, of, sale, card, decision, reason }) =>
    once(advices, name, () => {
      const original = of === undefined ? undefined : originalOf(of)
      const at = { ...sale, cardToken: tokenOf(card) }
      return adviceBody({ original, sale: at, decision, reason }, nextNumbers())
    })

  function originalOf(name: string): Original {
    const authorizationId = ids.get(name)
    if (authorizationId !== undefined) return { authorizationId }
    const step = findStep(scenario, name)
    return { messageKind: MESSAGE_KINDS[step.kind], ...networkKeyOf(bodyOf(step)) }
  }

  /** What a step that follows another takes from it. */
  function following(of: string) {
    const { cardToken, terminal } = bodyOf(findStep(scenario, of))
    return { original: originalOf(of), cardToken, terminalId: terminal.id }
  }

  const claimOf = ({ of, card }: { readonly of?: string; readonly card?: string }) =>
    of === undefined ? { cardToken: tokenOf(card) } : following(of)

  return {
    authorization,
    increment,
    advice,
    reversal: ({ of, reason, to }) => reversalBody({ ...following(of), reason, to }, nextNumbers()),
    clearing: ({ isLast = true, amount, ...step }) =>
      clearingBody({ ...claimOf(step), amount, isLast }, nextNumbers()),
    refund: ({ amount, ...step }) => refundBody({ ...claimOf(step), amount }, nextNumbers()),
    answeredAs: (name, authorizationId) => ids.set(name, authorizationId),
    idsOf: (names) => names.flatMap((name) => ids.get(name) ?? []),
    tokenOf,
  }
}

function once<Body>(bodies: Map<string, Body>, name: string, build: () => Body): Body {
  const body = bodies.get(name) ?? build()
  bodies.set(name, body)
  return body
}

function findStep({ name: scenario, steps }: Scenario, name: string): NamedStep {
  const found = steps.find((step) => 'name' in step && step.name === name)
  if (found && 'name' in found) return found
  throw new Error(`the scenario ${scenario} has no message "${name}"`)
}
