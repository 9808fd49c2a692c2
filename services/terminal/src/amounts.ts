import { type AmountFlaw, formatAmount, parseAmount } from '@tolem/money/amount'
import { Mistake } from './mistake.ts'

/** What is wrong with a text that was meant as tenge. */
export const TENGE_FLAWS = {
  malformed: 'Write tenge as digits with a point, such as 12500.00.',
  too_many_decimals: 'Tenge have two decimals (tiyn), such as 12500.00.',
  too_large: 'No amount is that large.',
} as const satisfies Record<AmountFlaw, string>

/**
 * An amount as the wire wants it: tenge with both decimals, any other currency as it is written.
 *
 * @throws {Mistake} when it is none.
 */
export function readAmount(text: string, currency: string): string {
  if (currency !== 'KZT') {
    if (/^(0|[1-9][0-9]{0,15})(\.[0-9]{1,4})?$/.test(text)) return text
    throw new Mistake('Write an amount as digits with a point, such as 25.00.')
  }
  const parsed = parseAmount('KZT', text)
  if (!parsed.ok) throw new Mistake(TENGE_FLAWS[parsed.reason])
  return formatAmount('KZT', parsed.value)
}
