import type { Recorded } from '@tolem/authorizations/holds'
import type { BankId } from '@tolem/domain/ids'
import { decisionAnswer } from '@tolem/wire/authorization'
import type { Parsed } from '@tolem/wire/body'
import { problem, type WireAnswer } from '@tolem/wire/problem'
import type { InTime } from '../in-time.ts'
import type { Call } from '../route.ts'

/** What the recording of a message is joined with. */
export type RecordPorts = { readonly inTime: InTime }

/** The message as it is kept for ever. */
type KeptMessage = { readonly receivedAt: number; readonly requestBody: string }

/**
 * The path of every message about money that was asked for before: parse, record with everything that it changes,
 * respond. What hangs is answered inside the deadline; the record may then still be made, and a repeat gets its bytes.
 */
export async function recordMessage<Request>(
  ports: RecordPorts,
  { caller, deadline, message }: Call,
  steps: {
    readonly parse: (bank: BankId, body: Uint8Array) => Parsed<Request>
    readonly record: (request: Request, kept: KeptMessage) => Promise<Recorded>
  },
): Promise<WireAnswer> {
  const parsed = steps.parse(caller.id, message.body)
  if (!parsed.ok) return parsed.answer
  const kept = { receivedAt: message.receivedAt, requestBody: message.body.toString() }
  const recorded = await ports.inTime(steps.record(parsed.value, kept), deadline)
  if (!recorded) return problem('no_answer_in_time')
  return recorded.kind === 'mismatch' ? problem('key_reused') : decisionAnswer(recorded.body)
}
