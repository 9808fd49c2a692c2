import { type Amount, add, amountOf, formatAmount, parseAmount } from '@tolem/money/amount'
import { z } from 'zod'
import { RESULTS, type ReportLine } from './result.ts'

type Sum = { readonly count: number; readonly amount: Amount<'KZT'> }

/**
 * How many records came to each result, and what they cleared together, in tiyn. Repeats and refusals cleared nothing.
 */
export type Tally = Readonly<Record<(typeof RESULTS)[number], Sum>>

const NOTHING = amountOf('KZT', 0n)

export const EMPTY_TALLY: Tally = Object.fromEntries(
  RESULTS.map((result) => [result, { count: 0, amount: NOTHING }]),
) as Tally

/** The tally with more lines. */
export function count(tally: Tally, lines: readonly ReportLine[]): Tally {
  const next: Record<string, Sum> = { ...tally }
  for (const line of lines) {
    const { count: before, amount } = next[line.result] ?? tally[line.result]
    next[line.result] = {
      count: before + 1,
      amount: line.result === 'repeat' ? amount : add(amount, clearedBy(line)),
    }
  }
  return next as Tally
}

function clearedBy(line: ReportLine): Amount<'KZT'> {
  const parsed = parseAmount('KZT', 'clearedAmount' in line ? line.clearedAmount : '0')
  return parsed.ok ? parsed.value : NOTHING
}

/** How many records there are in all. */
export function total(tally: Tally): number {
  return RESULTS.reduce((sum, result) => sum + tally[result].count, 0)
}

const storedTally = z.record(
  z.enum(RESULTS),
  z.object({
    count: z.int(),
    amount: z.string().transform((text) => amountOf('KZT', BigInt(text))),
  }),
)

/** A tally as its row keeps it. */
export function writeTally(tally: Tally): string {
  return JSON.stringify(tally, (_key, value) => (typeof value === 'bigint' ? String(value) : value))
}

/** A tally out of its row. */
export function readTally(text: string): Tally {
  return storedTally.parse(JSON.parse(text))
}

/** The summary for people: a line for each result that occurred. */
export function describeTally(tally: Tally): string {
  return RESULTS.filter((result) => tally[result].count > 0)
    .map((result) => {
      const { count: records, amount } = tally[result]
      return `  ${result.padEnd(20)} ${String(records).padStart(9)}  ${formatAmount('KZT', amount).padStart(20)} KZT\n`
    })
    .join('')
}
