import { canonicalAmount, type WireAmount } from '../fields.ts'
import { exponentOf } from './currencies.ts'

/** What DE4, DE6 and their like hold. */
const DIGITS = 12

/**
 * An amount in minor units by the exponent of its currency, as 12 digits; nothing where it has more digits or more
 * decimals than that can say.
 */
export function toMinorUnits({ value, currency }: WireAmount): string | undefined {
  const [whole = '', fraction = ''] = canonicalAmount({ value, currency }).value.split('.')
  const exponent = exponentOf(currency)
  if (fraction.length > exponent) return undefined
  const digits = (whole + fraction.padEnd(exponent, '0')).replace(/^0+(?=.)/, '')
  return digits.length > DIGITS ? undefined : digits.padStart(DIGITS, '0')
}

/** The amount that so many minor units are, with all decimals of its currency. */
export function fromMinorUnits(digits: string, currency: string): WireAmount {
  const exponent = exponentOf(currency)
  const text = digits.replace(/^0+/, '').padStart(exponent + 1, '0')
  if (exponent === 0) return { value: text, currency }
  return { value: `${text.slice(0, -exponent)}.${text.slice(-exponent)}`, currency }
}

/** An amount as one text, for private sub-elements: `12.3456 USD`. */
export function toAmountText({ value, currency }: WireAmount): string {
  return `${value} ${currency}`
}

/** The amount of {@link toAmountText}. */
export function fromAmountText(text: string): WireAmount {
  const [value = '', currency = ''] = text.split(' ')
  return { value, currency }
}
