import { parseEcho, renderEcho } from '@tolem/wire/echo'
import type { WireAnswer } from '@tolem/wire/problem'
import { type Call, json } from '../route.ts'

/** `POST /v1/echo`: proves the line, the key and both clocks. Asks nothing of what is behind us. */
export function echo({ caller, message }: Call): WireAnswer {
  const parsed = parseEcho(message.body)
  if (!parsed.ok) return parsed.answer
  return json(renderEcho(parsed.value.echoId, message.receivedAt, caller.codes))
}
