import { formatAmount, parseAmount } from '@tolem/money/amount'
import { InvalidArgumentError } from 'commander'
import { TENGE_FLAWS } from './amounts.ts'

/** Tenge as the wire wants them: `12500` becomes `12500.00`. */
export function readTenge(text: string): string {
  const parsed = parseAmount('KZT', text)
  if (!parsed.ok) throw new InvalidArgumentError(TENGE_FLAWS[parsed.reason])
  return formatAmount('KZT', parsed.value)
}

/** Tenge, or `none` for a limit that is to go. */
export function readTengeOrNone(text: string): string {
  return text === 'none' ? text : readTenge(text)
}

/** A merchant category code (DE18). */
export function readCategoryCode(text: string): string {
  if (!/^[0-9]{4}$/.test(text))
    throw new InvalidArgumentError('A merchant category code has four digits, such as 5411.')
  return text
}

/** A currency (ISO 4217). */
export function readCurrency(text: string): string {
  if (!/^[A-Z]{3}$/.test(text))
    throw new InvalidArgumentError('A currency has three capital letters, such as EUR.')
  return text
}

/** A country (ISO 3166). */
export function readCountry(text: string): string {
  if (!/^[A-Z]{2}$/.test(text))
    throw new InvalidArgumentError('A country has two capital letters, such as KZ.')
  return text
}

/** The address of the bank API. */
export function readUrl(text: string): string {
  if (!/^https?:\/\/[^/]/.test(text) || !URL.canParse(text))
    throw new InvalidArgumentError('Write an address such as http://127.0.0.1:8080.')
  return text
}

/** A reader of numbers from `least` to `most`. */
export function readNumber(range: {
  readonly least: number
  readonly most: number
  readonly isWhole?: boolean
}): (text: string) => number {
  return (text) => {
    const number = /^[0-9]+(\.[0-9]+)?$/.test(text) ? Number(text) : Number.NaN
    const isFit = number >= range.least && number <= range.most
    if (isFit && (!range.isWhole || Number.isInteger(number))) return number
    const kind = range.isWhole ? 'whole number' : 'number'
    throw new InvalidArgumentError(`Write a ${kind} from ${range.least} to ${range.most}.`)
  }
}
