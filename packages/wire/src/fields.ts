import { type Amount, formatAmount, parseAmount } from '@tolem/money/amount'
import { z } from 'zod'

/** An amount on the wire: a decimal text and an ISO 4217 code, never a number. */
export type WireAmount = { readonly value: string; readonly currency: string }

/** Digits with at most four decimals: the widest that ISO 4217 knows. KZT is held to two below. */
const DECIMAL_TEXT = /^(0|[1-9][0-9]{0,15})(\.[0-9]{1,4})?$/

/**
 * An amount in any currency, as the terminal saw it (DE4 and DE49). What is wrong with an amount aborts: a rule about
 * several amounts is asked only where each of them is one, and may parse it.
 */
export const anyAmount = z
  .strictObject({
    value: z.string().regex(DECIMAL_TEXT, {
      error: 'a decimal text such as "12500.00", without sign',
      abort: true,
    }),
    currency: z.string().regex(/^[A-Z]{3}$/, 'an ISO 4217 code such as KZT'),
  })
  .refine((amount) => amount.currency !== 'KZT' || !hasTooManyDecimals(amount.value), {
    path: ['value'],
    error: 'KZT has at most two decimals',
    abort: true,
  })

function hasTooManyDecimals(text: string): boolean {
  const parsed = parseAmount('KZT', text)
  return !parsed.ok && parsed.reason === 'too_many_decimals'
}

/** An amount of tenge (DE6 and DE51). */
export const tengeAmount = anyAmount.refine((amount) => amount.currency === 'KZT', {
  path: ['currency'],
  error: 'must be in KZT, the currency of the cardholder’s bank',
  abort: true,
})

/** The tenge of a wire amount that its schema has already checked. */
export function toTenge(amount: WireAmount): Amount<'KZT'> {
  const parsed = parseAmount('KZT', amount.value)
  if (!parsed.ok) throw new Error('a checked amount does not parse')
  return parsed.value
}

/** Tenge as they go out: always with both decimals. */
export function fromTenge(amount: Amount<'KZT'>): WireAmount {
  return { value: formatAmount('KZT', amount), currency: 'KZT' }
}

/** One text for all texts of equal value: a repeat may come through a system that writes `12500.00` as `12500`. */
export function canonicalAmount({ value, currency }: WireAmount): WireAmount {
  return { value: value.replace(/\.0+$|(\.[0-9]*[1-9])0+$/, '$1'), currency }
}

/** Letters, digits and the marks that processors put into identifiers; no slash, so that keys can be joined by it. */
const identifier = (length: number) =>
  z
    .string()
    .regex(new RegExp(`^[A-Za-z0-9._:-]{1,${length}}$`), `1 to ${length} of A-Z a-z 0-9 . _ : -`)

/** A bank's own opaque stand-in for a card number. */
export const cardToken = z
  .string()
  .regex(/^[A-Za-z0-9_-]{4,64}$/, '4 to 64 of A-Z a-z 0-9 _ -')
  .meta({ description: 'The bank’s own opaque card token. Never a card number.' })

/** Local date and time at the terminal (DE12 and DE13), without a zone: it is a label, not an instant. */
const localDateTime = z.iso
  .datetime({ local: true, precision: 0 })
  .refine((text) => !text.endsWith('Z'), 'local time, without a zone')
  .refine((text) => !text.startsWith('0000'), 'there was no year 0000')
  .meta({
    description: 'DE12/DE13: YYYY-MM-DDThh:mm:ss at the terminal',
    example: '2026-11-22T15:04:05',
  })

/** The fields that identify a network message for ever: those that a repeat keeps. */
export const networkKeyShape = {
  acquirerId: z
    .string()
    .regex(/^[0-9]{1,11}$/, '1 to 11 digits')
    .meta({ description: 'DE32' }),
  systemTraceAuditNumber: z
    .string()
    .regex(/^[0-9]{6}$/, '6 digits')
    .meta({ description: 'DE11' }),
  retrievalReferenceNumber: z
    .string()
    .regex(/^[A-Za-z0-9]{12}$/, '12 letters or digits')
    .meta({ description: 'DE37' }),
  localDateTime,
} as const

export const terminalId = identifier(16).meta({ description: 'DE41' })
export const merchantId = identifier(15).meta({ description: 'DE42' })

/**
 * Free text that a merchant chose. Control characters are refused: they forge log lines. Written without \p classes,
 * because the pattern is published and not every reader of JSON Schema knows them.
 */
export const freeText = (length: number) =>
  z
    .string()
    .min(1)
    .max(length)
    // oxlint-disable-next-line no-control-regex -- Refusing them is what this is for.
    .regex(/^[^\u0000-\u001f\u007f-\u009f]*$/, 'must not hold control characters')
    .refine((text) => text.isWellFormed(), 'must be well-formed Unicode')

/** What every message carries besides its meaning; a repeat may change these and stays the same message. */
export const transmissionShape = {
  transmittedAt: z.iso
    .datetime({ offset: true })
    .meta({ description: 'DE7: when this copy was sent', example: '2026-11-22T10:04:05Z' }),
  repeat: z.boolean().optional().meta({ description: 'true for a repeat (odd MTI, such as 0101)' }),
} as const
