import type { NewReversal, Recorded } from '@tolem/authorizations/holds'
import type { Deadline } from '@tolem/domain/deadline'
import type { BankId, ReversalId } from '@tolem/domain/ids'
import type { ReversalRequest } from '@tolem/domain/reversal'
import { decisionAnswer } from '@tolem/wire/authorization'
import type { Parsed } from '@tolem/wire/body'
import { problem, type WireAnswer } from '@tolem/wire/problem'
import { renderReversal } from '@tolem/wire/reversal'
import type { Verified } from './callers.ts'
import type { Message } from './message.ts'

/** What the path of a reversal is joined with. */
export type ReversePorts = {
  verify(message: Message): Verified
  parseReversal(bank: BankId, body: Uint8Array): Parsed<ReversalRequest>
  newReversalId(): ReversalId
  reverse(reversal: NewReversal): Promise<Recorded>
  inTime<T>(work: Promise<T>, deadline: Deadline): Promise<T | undefined>
}

/**
 * The path of a reversal: verify, parse, record with everything that it undoes, respond. Never refused for business
 * reasons. The credit itself is settlement's: it is durable before the answer leaves and executed within seconds.
 */
export async function reverse(ports: ReversePorts, message: Message): Promise<WireAnswer> {
  const verified = ports.verify(message)
  if (!verified.ok) return verified.answer
  const parsed = ports.parseReversal(verified.caller.id, message.body)
  if (!parsed.ok) return parsed.answer

  const id = ports.newReversalId()
  const recorded = ports.reverse({
    id,
    request: parsed.value,
    receivedAt: message.receivedAt,
    requestBody: message.body.toString(),
    render: (found) => renderReversal({ id, ...found }),
  })
  const reversed = await ports.inTime(recorded, verified.deadline)
  if (!reversed) return problem('no_answer_in_time')
  return reversed.kind === 'mismatch' ? problem('key_reused') : decisionAnswer(reversed.body)
}
