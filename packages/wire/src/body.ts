import { accept, type Outcome, refuse } from '@tolem/domain/outcome'
import type { z } from 'zod'
import { findCardNumbers } from './card-number.ts'
import { pointerPart, visitMembers } from './members.ts'
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
  if (!json.ok) return { ok: false, answer: problem('malformed_json', MALFORMED[json.reason]) }
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

/** What is said beyond the title. */
const MALFORMED = {
  malformed: {},
  repeated_field: { detail: 'an object names a field twice' },
} as const

function parseJson(bytes: Uint8Array): Outcome<unknown, keyof typeof MALFORMED> {
  try {
    const text = utf8.decode(bytes)
    const value: unknown = JSON.parse(text)
    return hasRepeatedField(text, value) ? refuse('repeated_field') : accept(value)
  } catch {
    // Both a wrong UTF-8 sequence and wrong JSON are the caller's mistake, and the answer says so.
    return refuse('malformed')
  }
}

/** Every text in a JSON text, with the colon that makes it the name of a field. */
const TEXT = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g

/**
 * Does an object name a field twice? Parsers disagree on which one counts (RFC 8259, section 4), and ours drops the
 * first unseen: a card number in it would be kept with the message.
 */
function hasRepeatedField(text: string, value: unknown): boolean {
  let fields = 0
  visitMembers(value, ({ value: inner }) => {
    if (typeof inner === 'object' && inner !== null && !Array.isArray(inner))
      fields += Object.keys(inner).length
  })
  let named = 0
  for (const [, colon] of text.matchAll(TEXT)) if (colon !== undefined) named += 1
  return named !== fields
}

/** Enough to mend a message, too few to be a way of making us work. */
const MOST_ERRORS = 20

function listFieldErrors(error: z.ZodError): FieldError[] {
  return error.issues
    .slice(0, MOST_ERRORS)
    .flatMap((issue) => {
      const pointer = toPointer(issue.path)
      if (issue.code !== 'unrecognized_keys') return [{ pointer, detail: issue.message }]
      return issue.keys.slice(0, MOST_ERRORS).map((key) => ({
        pointer: pointer + pointerPart(key),
        detail: 'unknown field',
      }))
    })
    .slice(0, MOST_ERRORS)
}

function toCardNumberError(pointer: string): FieldError {
  return { pointer, detail: 'looks like a card number' }
}

function toPointer(path: readonly PropertyKey[]): string {
  return path.map(pointerPart).join('')
}
