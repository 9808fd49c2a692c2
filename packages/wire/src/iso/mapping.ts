import { canonicalAmount, type WireAmount } from '../fields.ts'
import { fromAmountText, fromMinorUnits, toAmountText, toMinorUnits } from './amounts.ts'
import { fromCurrencyElement, toCurrencyElement } from './currencies.ts'
import type { Elements, PrivateTag } from './elements.ts'

/** A message of the API as JSON: schemas check it before it is written and after it was read. */
export type Json = Readonly<Record<string, unknown>>

/** What reading needs besides the elements. */
export type ReadContext = {
  /** When the message came, in epoch milliseconds: ISO 8583 (1987) tells no year. */
  readonly receivedAt: number
}

/** The private sub-element that carries a field where the standard elements would not read back as the same. */
type Spare = {
  readonly tag: PrivateTag
  readonly toText: (value: never) => string
  readonly fromText: (text: string) => unknown
}

/** One field of the API in ISO 8583 and ISO 20022: a row of the published table, and what converts by it. */
export type Mapping = {
  /** JSON pointer (RFC 6901) in the body. */
  readonly field: string
  /** `MTI`, elements by number, sub-elements of DE48 as `48.01`; none where ISO 8583 does not carry the field. */
  readonly elements: readonly string[]
  /** Below the message's root, in cain version 04; absent where no element is certain. */
  readonly cain?: string
  /** How the value is written. */
  readonly rule: string
  readonly spare?: Spare
  readonly write?: (value: never, message: Json) => Elements
  readonly read?: (elements: Elements, context: ReadContext) => unknown
}

/** What may differ between the rows of two calls for one kind of field. */
type Place = {
  readonly field: string
  readonly element: string
  readonly cain?: string
  readonly rule?: string
  readonly spare?: PrivateTag
}

const asText = { toText: (value: string) => value, fromText: (text: string) => text }

/** A text as it is, padded with spaces where the element has a fixed length. */
export function textMapping(place: Place & { readonly length?: number }): Mapping {
  const { field, element, length = 0, spare } = place
  return {
    field,
    elements: spare ? [element, `48.${spare}`] : [element],
    ...(place.cain && { cain: place.cain }),
    rule: place.rule ?? (length > 0 ? 'as it is, padded with spaces' : 'as it is'),
    ...(spare && { spare: { tag: spare, ...asText } }),
    write: (value: string) => ({ [element]: value.slice(0, length || undefined).padEnd(length) }),
    read: (elements) => elements[element]?.trimEnd(),
  }
}

/** A word as a code, where several codes may mean one word: the first is written. */
export function codeMapping(
  place: Place & { readonly codes: Readonly<Record<string, string>> },
): Mapping {
  const { field, element, codes } = place
  return {
    field,
    elements: [element],
    ...(place.cain && { cain: place.cain }),
    rule: place.rule ?? listCodes(codes),
    write: (value: string) => ({ [element]: codes[value] }),
    read: (elements) => wordOf(codes, elements[element]),
  }
}

/** The word that a code means. */
export function wordOf(
  codes: Readonly<Record<string, string>>,
  code: string | undefined,
): string | undefined {
  return Object.keys(codes).find((word) => codes[word] === code)
}

/** `purchase 00, cash_withdrawal 01`, for the rules of the table. */
export function listCodes(codes: Readonly<Record<string, string>>): string {
  return Object.entries(codes)
    .map(([word, code]) => `${word} ${code}`)
    .join(', ')
}

/** A flag that is in a private sub-element only when it differs from its default. */
export function flagMapping(
  place: Place & { readonly said: 'Y' | 'N'; readonly also?: (value: boolean) => Elements },
): Mapping {
  const { field, element, said, cain, rule = `${said}, else absent` } = place
  const isSaid = said === 'Y'
  return {
    field,
    elements: [element],
    ...(cain && { cain }),
    rule,
    write: (value: boolean) => (value === isSaid ? { [element]: said } : {}),
    read: (elements) => (elements[element] === said ? isSaid : !isSaid),
  }
}

/** An amount in minor units with the currency beside it. */
export function amountMapping(
  place: Place & { readonly currency: string; readonly spare: PrivateTag },
): Mapping {
  const { field, element, currency, cain, spare } = place
  return {
    field,
    elements: [element, currency, `48.${spare}`],
    ...(cain && { cain }),
    rule: place.rule ?? 'minor units by the currency’s exponent in ISO 4217',
    spare: amountSpare(spare),
    write: (value: WireAmount) => ({
      [element]: toMinorUnits(value),
      [currency]: toCurrencyElement(value.currency),
    }),
    read: (elements) => {
      const [digits, code] = [elements[element], elements[currency]]
      if (digits === undefined || code === undefined) return undefined
      return fromMinorUnits(digits, fromCurrencyElement(code))
    },
  }
}

/** The private text of an amount. */
export function amountSpare(tag: PrivateTag): Spare {
  return { tag, toText: toAmountText, fromText: fromAmountText }
}

/** The private text of a free text, which may hold any character. */
export function freeTextSpare(tag: PrivateTag): Spare {
  return {
    tag,
    toText: (value: string) => Buffer.from(value).toString('base64url'),
    fromText: (text) => Buffer.from(text, 'base64url').toString(),
  }
}

/** The private text of a word. */
export function wordSpare(tag: PrivateTag): Spare {
  return { tag, ...asText }
}

/** The elements of a message, by the rows of its call. */
export function writeElements(
  mappings: readonly Mapping[],
  message: Json,
  context: ReadContext,
): Elements {
  const present = mappings.filter(({ field }) => getAt(message, field) !== undefined)
  const plain: Elements = Object.assign(
    {},
    ...present.map(({ field, write }) => write?.(getAt(message, field) as never, message)),
  )
  // One after the other: a later row may read what an earlier one had to say privately.
  const elements: Record<string, string | undefined> = { ...plain }
  for (const { field, spare, read } of present) {
    const value = getAt(message, field)
    if (spare && !isSame(read?.(elements, context), value))
      elements[`48.${spare.tag}`] = spare.toText(value as never)
  }
  return elements
}

/** What the elements say, as a message that no schema has checked yet. */
export function readElements(
  mappings: readonly Mapping[],
  elements: Elements,
  context: ReadContext,
): Json {
  const message = {}
  for (const { field, spare, read } of mappings) {
    const text = spare && elements[`48.${spare.tag}`]
    const value = spare && text !== undefined ? spare.fromText(text) : read?.(elements, context)
    if (value !== undefined) setAt(message, field, value)
  }
  return message
}

function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(canonical(left)) === JSON.stringify(canonical(right))
}

function canonical(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? canonicalAmount(value as WireAmount) : value
}

/** The value at a JSON pointer. No field of ours has a `~` or `/` in its name. */
export function getAt(message: Json, pointer: string): unknown {
  let at: unknown = message
  for (const part of pointer.slice(1).split('/')) {
    if (typeof at !== 'object' || at === null) return undefined
    at = (at as Json)[part]
  }
  return at
}

function setAt(message: Record<string, unknown>, pointer: string, value: unknown): void {
  const parts = pointer.slice(1).split('/')
  const last = parts.pop() ?? ''
  let at = message
  for (const part of parts) {
    at[part] ??= {}
    at = at[part] as Record<string, unknown>
  }
  at[last] = value
}
