import type { CreditResult, DebitRefusal, DebitResult, LookUpResult } from '@tolem/domain/movement'
import type { Answer, Answered } from './http/send.ts'
import { parseJson } from './json.ts'

/** What is known about one movement after asking for it once, before it is told as a debit or a credit. */
export type Verdict =
  | { readonly kind: 'done'; readonly exchangeReference: string }
  | {
      readonly kind: 'refused'
      readonly reason: DebitRefusal
      readonly detail: string
      /** The call did not leave: another one may. */
      readonly isUnsent?: true
    }
  | { readonly kind: 'in_doubt'; readonly detail: string }

/**
 * What an exchange's error code says about the movement it answers. All but `unclear` are certain that nothing moved;
 * `misconfigured` means that our key or request is wrong and somebody must act; `clock_off` that our time and the
 * exchange's differ, which asking it for its time repairs.
 */
export type CodeMeaning =
  | 'insufficient_funds'
  | 'refused'
  | 'throttled'
  | 'misconfigured'
  | 'clock_off'
  | 'unclear'

const REASON_BY_MEANING = {
  insufficient_funds: 'insufficient_funds',
  refused: 'exchange_refused',
  throttled: 'exchange_unavailable',
  misconfigured: 'exchange_unavailable',
  clock_off: 'exchange_unavailable',
} as const satisfies Record<Exclude<CodeMeaning, 'unclear'>, DebitRefusal>

/** The verdict of a code whose meaning is known. */
export function verdictOf(meaning: CodeMeaning, code: string): Verdict {
  const detail = `${meaning}: ${code}`
  if (meaning === 'unclear') return { kind: 'in_doubt', detail }
  return { kind: 'refused', reason: REASON_BY_MEANING[meaning], detail }
}

/** Refused by ourselves before anything was sent. */
export function refusedUnsent(detail: string): Extract<Verdict, { kind: 'refused' }> {
  return { kind: 'refused', reason: 'exchange_unavailable', detail: `not sent: ${detail}` }
}

/**
 * The JSON of an answer that is worth reading, or the verdict without it. `isTurnedAway` knows the answers by which the
 * exchange's gate says that it did not even look. A 5xx says nothing about execution, whatever its body says
 * (Binance Spot API, HTTP Return Codes).
 */
export function readBody(
  answer: Answer,
  isTurnedAway: (answer: Answered) => boolean,
): { readonly kind: 'body'; readonly status: number; readonly json: unknown } | Verdict {
  if (answer.kind === 'not_sent') return { ...refusedUnsent(answer.detail), isUnsent: true }
  if (answer.kind === 'lost') return { kind: 'in_doubt', detail: `lost: ${answer.detail}` }
  const { status } = answer
  if (isTurnedAway(answer)) return verdictOf('throttled', `HTTP ${status}`)
  if (status >= 500) return { kind: 'in_doubt', detail: `HTTP ${status}` }
  const json = parseJson(answer.body)
  if (json === undefined)
    return { kind: 'in_doubt', detail: `HTTP ${status} without readable JSON` }
  return { kind: 'body', status, json }
}

/** The same verdict in the words of a debit. */
export function toDebitResult(verdict: Verdict): DebitResult {
  if (verdict.kind === 'in_doubt') return verdict
  if (verdict.kind === 'done')
    return { kind: 'debited', exchangeReference: verdict.exchangeReference }
  return { kind: 'rejected', reason: verdict.reason, detail: verdict.detail }
}

/** The same verdict in the words of a credit. */
export function toCreditResult(verdict: Verdict): CreditResult {
  if (verdict.kind === 'in_doubt') return verdict
  if (verdict.kind === 'done')
    return { kind: 'credited', exchangeReference: verdict.exchangeReference }
  return { kind: 'rejected', detail: verdict.detail }
}

/** A look-up that could not be read proves nothing. */
export function toUnknown(verdict: Verdict): LookUpResult {
  return {
    kind: 'unknown',
    detail: 'detail' in verdict ? verdict.detail : 'no record in the answer',
    ...(verdict.kind === 'refused' && verdict.isUnsent && { isUnsent: true }),
  }
}
