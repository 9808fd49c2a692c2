import type { ModelAnswer, Tiyn } from '../model/state.ts'
import type { Reply } from '../stack.ts'
import { type AnswerOf, answerTo, type CallName } from './calls.ts'

/** Tenge as a bank writes them. */
export function writeTenge(tiyn: Tiyn): string {
  return `${tiyn / 100n}.${String(tiyn % 100n).padStart(2, '0')}`
}

/** Tiyn out of an amount on the wire. */
export function readTenge(amount: { readonly value: string; readonly currency: string }): Tiyn {
  const match = /^([0-9]+)\.([0-9]{2})$/.exec(amount.value)
  if (!match || amount.currency !== 'KZT') throw new Error(`not tenge: ${JSON.stringify(amount)}`)
  return BigInt(`${match[1]}${match[2]}`)
}

type Heard = { readonly answer: ModelAnswer; readonly authorizationId?: string }

/** A reply in the model's words, and the record that the message made, where it made one. */
export function readAnswer(call: CallName, reply: Reply): Heard {
  return READERS[call](reply)
}

const READERS: Readonly<Record<CallName, (reply: Reply) => Heard>> = {
  authorizations: readDecision,
  increments: readDecision,
  advices: (reply) => {
    const { authorizationId, outcome } = answerTo<'advices'>(reply)
    return { answer: { kind: 'advice', outcome }, authorizationId }
  },
  reversals: (reply) => ({ answer: readReversal(answerTo<'reversals'>(reply)) }),
  clearings: readClearing,
  refunds: (reply) => {
    const answer = answerTo<'refunds'>(reply)
    const { refundId, decision, authorizationId } = answer
    const isUnmatched = decision === 'approved' && authorizationId === undefined
    return {
      answer: readRefund(answer),
      // A refund that matches nothing has a record of its own.
      ...(isUnmatched && { authorizationId: refundId.replace('rfd_', 'aut_') }),
    }
  },
}

function readDecision(reply: Reply): Heard {
  const { authorizationId, decision, reason, approvedAmount } = answerTo<'authorizations'>(reply)
  if (decision === 'declined')
    return { answer: { kind: 'decision', declined: reason ?? 'nothing' }, authorizationId }
  if (!approvedAmount) throw new Error(`approved without an amount: ${reply.body}`)
  return { answer: { kind: 'decision', approved: readTenge(approvedAmount) }, authorizationId }
}

function readReversal(answer: AnswerOf<'reversals'>): ModelAnswer {
  const { outcome, releasedAmount, heldAmount } = answer
  return {
    kind: 'reversal',
    outcome,
    ...(releasedAmount && { released: readTenge(releasedAmount) }),
    ...(heldAmount && { held: readTenge(heldAmount) }),
  }
}

function readClearing(reply: Reply): Heard {
  const answer = answerTo<'clearings'>(reply)
  return {
    authorizationId: answer.authorizationId,
    answer: {
      kind: 'clearing',
      outcome: answer.outcome,
      fromHold: readTenge(answer.fromHoldAmount),
      exposed: readTenge(answer.exposedAmount),
      released: readTenge(answer.releasedAmount),
    },
  }
}

function readRefund({ decision, reason, refundedAmount }: AnswerOf<'refunds'>): ModelAnswer {
  if (decision === 'declined') return { kind: 'refund', declined: reason ?? 'nothing' }
  if (!refundedAmount) throw new Error('refunded without an amount')
  return { kind: 'refund', refunded: readTenge(refundedAmount) }
}
