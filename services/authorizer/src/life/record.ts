import type { Recorded } from '@tolem/authorizations/holds'
import type { BankId } from '@tolem/domain/ids'
import { decisionAnswer } from '@tolem/wire/authorization'
import type { Parsed } from '@tolem/wire/body'
import { problem, type WireAnswer } from '@tolem/wire/problem'
import type { Call } from '../route.ts'

/** The message as it is kept for ever. */
type KeptMessage = { readonly receivedAt: number; readonly requestBody: string }

/**
 * The path of every message about money that was asked for before: parse, record with everything that it changes,
 * respond. A repeat gets the bytes of the record, also of one that was made too late for its answer.
 */
export async function recordMessage<Request>(
  { caller, message }: Call,
  steps: {
    readonly parse: (bank: BankId, body: Uint8Array) => Parsed<Request>
    readonly record: (request: Request, kept: KeptMessage) => Promise<Recorded>
  },
): Promise<WireAnswer> {
  const parsed = steps.parse(caller.id, message.body)
  if (!parsed.ok) return parsed.answer
  const kept = { receivedAt: message.receivedAt, requestBody: message.body.toString() }
  const recorded = await steps.record(parsed.value, kept)
  return recorded.kind === 'mismatch' ? problem('key_reused') : decisionAnswer(recorded.body)
}
