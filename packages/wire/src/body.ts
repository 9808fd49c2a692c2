import { accept, type Outcome } from '@tolem/domain/outcome'
import type { z } from 'zod'
import { findCardNumbers } from './card-number.ts'
import { type FieldError, problem, type WireAnswer } from './problem.ts'

/** What a body parser gives: the checked value, or the problem to answer with. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly answer: WireAnswer }

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Reads a JSON body against its schema. The order is fixed: bytes, JSON, card numbers, fields, so that a message with a
 * card number in it is refused as that, whatever else is wrong with it, and its content is repeated nowhere.
 */
export function parseBody<Schema extends z.ZodType>(
  schema: Schema,
  bytes: Uint8Array,
): Parsed<z.output<Schema>> {
  const json = parseJson(bytes)
  if (!json.ok) return { ok: false, answer: problem('malformed_json') }
  const cardNumbers = findCardNumbers(json.value)
  if (cardNumbers.length > 0)
    return {
      ok: false,
      answer: problem('card_number_refused', {
        errors: cardNumbers.slice(0, 8).map(toCardNumberError),
      }),
    }
  const result = schema.safeParse(json.value)
  if (result.success) return result.data === undefined ? emptyBody() : accept(result.data)
  return { ok: false, answer: problem('fields_invalid', { errors: listFieldErrors(result.error) }) }
}

function emptyBody(): { ok: false; answer: WireAnswer } {
  return { ok: false, answer: problem('malformed_json') }
}

function parseJson(bytes: Uint8Array): Outcome<unknown, 'malformed'> {
  try {
    return accept(JSON.parse(utf8.decode(bytes)))
  } catch {
    // Both a wrong UTF-8 sequence and wrong JSON are the caller's mistake, and the answer says so.
    return { ok: false, reason: 'malformed' }
  }
}

/** At most 20: enough to mend a message, too few to be a way of making us work. */
function listFieldErrors(error: z.ZodError): FieldError[] {
  return error.issues.slice(0, 20).flatMap((issue) => {
    const pointer = toPointer(issue.path)
    if (issue.code !== 'unrecognized_keys') return [{ pointer, detail: issue.message }]
    return issue.keys.map((key) => ({
      pointer: toPointer([...issue.path, key]),
      detail: 'unknown field',
    }))
  })
}

function toCardNumberError(pointer: string): FieldError {
  return { pointer, detail: 'looks like a card number' }
}

function toPointer(path: readonly PropertyKey[]): string {
  return path
    .map((part) => `/${String(part).slice(0, 64).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('')
}
