import { z } from 'zod'
import type { Answer, Answered } from '../http/send.ts'
import { readBody, type Verdict } from '../verdict.ts'

/** Every V5 answer, also those that refuse; HTTP 200 says nothing (Bybit V5, Integration Guidance). */
const envelope = z.object({
  retCode: z.string(),
  retMsg: z.string().catch(''),
  result: z.unknown(),
})

/** What an answer of the V5 products holds: a result, a code, or nothing that could be read. */
export type EnvelopeRead =
  | { readonly kind: 'result'; readonly result: unknown; readonly json: unknown }
  | { readonly kind: 'code'; readonly code: string; readonly message: string }
  | Verdict

/** Opens an answer whose success is `success` (0 of the V5 products, 20000 of Bybit Pay). */
export function readEnvelope(answer: Answer, success: '0' | '20000' = '0'): EnvelopeRead {
  const read = readBody(answer, isTurnedAway)
  if (read.kind !== 'body') return read
  const head = envelope.safeParse(read.json)
  if (!head.success) return { kind: 'in_doubt', detail: `HTTP ${read.status}, no envelope` }
  const { retCode, retMsg, result } = head.data
  if (retCode !== success) return { kind: 'code', code: retCode, message: retMsg }
  if (read.status !== 200) return { kind: 'in_doubt', detail: `HTTP ${read.status} with success` }
  return { kind: 'result', result, json: read.json }
}

/** Bybit's gate: 429, and the 403 of the IP limit with its documented words (Bybit V5, Rate Limit Rules). */
function isTurnedAway(answer: Answered): boolean {
  if (answer.status === 429 || answer.status === 418) return true
  return answer.status === 403 && /access too frequent/i.test(answer.body)
}
