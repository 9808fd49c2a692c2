import type { AuthorizationId, CardToken } from '@tolem/domain/ids'
import { z } from 'zod'
import { findCardNumbers } from './card-number.ts'
import { cardToken } from './fields.ts'
import { authorizationSummary } from './inquiry.ts'
import { type FieldError, problem, type WireAnswer } from './problem.ts'

const LIMIT_MAX = 200
const LIMIT_DEFAULT = 50

const instant = z.iso
  .datetime({ offset: true, error: 'an instant with a zone, such as 2026-11-22T10:04:05Z' })
  .transform((text) => Date.parse(text))

/** The parameters of `GET /v1/authorizations`. */
export const authorizationListQuery = z.strictObject({
  cardToken: cardToken.optional(),
  state: z.enum(authorizationSummary.shape.state.options).optional(),
  kind: z.enum(authorizationSummary.shape.kind.options).optional(),
  from: instant.optional().meta({ description: 'received at this instant or later' }),
  to: instant.optional().meta({ description: 'received before this instant' }),
  limit: z
    .string()
    .regex(/^[1-9][0-9]{0,2}$/, `1 to ${LIMIT_MAX}`)
    .transform(Number)
    .refine((limit) => limit <= LIMIT_MAX, `1 to ${LIMIT_MAX}`)
    .default(LIMIT_DEFAULT)
    .meta({ description: `how many at most: 1 to ${LIMIT_MAX}, ${LIMIT_DEFAULT} unless told` }),
  cursor: z
    .string()
    .transform((text, context) => {
      const id = readCursor(text)
      if (id === undefined) context.addIssue({ code: 'custom', message: 'not a cursor of ours' })
      return id ?? z.NEVER
    })
    .optional()
    .meta({ description: 'the nextCursor of the page before' }),
})

/** What is listed: checked, with times in ms since the epoch. */
export type AuthorizationListQuery = Readonly<
  Omit<z.output<typeof authorizationListQuery>, 'cardToken'>
> & { readonly cardToken: CardToken | undefined }

/** Reads the query of a path. A parameter that is unknown or sent twice is refused like one that is not valid. */
export function parseListQuery(
  path: string,
):
  | { readonly ok: true; readonly value: AuthorizationListQuery }
  | { readonly ok: false; readonly answer: WireAnswer } {
  const mark = path.indexOf('?')
  const parameters = new URLSearchParams(mark < 0 ? '' : path.slice(mark + 1))
  const sent = [...parameters]
  if (findCardNumbers(sent).length > 0) {
    const errors = [{ pointer: '', detail: 'the query looks like it holds a card number' }]
    return { ok: false, answer: problem('card_number_refused', { errors }) }
  }
  const twice = sent.find(([name], index) => sent.findIndex(([other]) => other === name) !== index)
  if (twice) return refusal([{ pointer: '', detail: 'a parameter is sent twice' }])
  const parsed = authorizationListQuery.safeParse(Object.fromEntries(sent))
  if (!parsed.success)
    return refusal(
      parsed.error.issues.slice(0, 8).map(({ code, path: [name = ''], message }) => ({
        pointer: '',
        detail: code === 'unrecognized_keys' ? 'unknown parameter' : `${String(name)}: ${message}`,
      })),
    )
  const token = parsed.data.cardToken as CardToken | undefined
  return { ok: true, value: { ...parsed.data, cardToken: token } }
}

function refusal(errors: readonly FieldError[]) {
  return { ok: false, answer: problem('fields_invalid', { errors }) } as const
}

/** The place below an authorization in every list of its bank; it says nothing to anybody else. */
export function toCursor(id: AuthorizationId): string {
  return Buffer.from(id.slice(4).replaceAll('-', ''), 'hex').toString('base64url')
}

function readCursor(text: string): AuthorizationId | undefined {
  if (!/^[A-Za-z0-9_-]{22}$/.test(text)) return undefined
  const digits = Buffer.from(text, 'base64url').toString('hex')
  return `aut_${digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')}` as AuthorizationId
}
