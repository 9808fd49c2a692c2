import type { Recorded } from '@tolem/authorizations/holds'
import type { BankId } from '@tolem/domain/ids'
import { decisionAnswer } from '@tolem/wire/authorization'
import type { Parsed } from '@tolem/wire/body'
import { problem, type WireAnswer } from '@tolem/wire/problem'
import type { InTime } from '../in-time.ts'
import type { Call } from '../route.ts'

/**
 * The path of every message about money that was asked for before: parse, record with everything that it changes,
 * respond. What hangs is answered inside the deadline; the record may then still be made, and a repeat gets its bytes.
 */
export async function recordMessage<Request>(
  { caller, deadline, message }: Call,
  steps: {
    readonly parse: (bank: BankId, body: Uint8Array) => Parsed<Request>
    readonly record: (request: Request) => Promise<Recorded>
    readonly inTime: InTime
  },
): Promise<WireAnswer> {
  const parsed = steps.parse(caller.id, message.body)
  if (!parsed.ok) return parsed.answer
  const recorded = await steps.inTime(steps.record(parsed.value), deadline)
  if (!recorded) return problem('no_answer_in_time')
  return recorded.kind === 'mismatch' ? problem('key_reused') : decisionAnswer(recorded.body)
}
