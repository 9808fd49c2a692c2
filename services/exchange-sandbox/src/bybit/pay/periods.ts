import type { Book } from '../../book.ts'
import type { PeriodLimit } from '../../entries.ts'
import { statusOf } from './trade.ts'

/** When the present period began (ms): days, months and years of UTC, weeks from Monday. Bybit names no time zone. */
export function startOf(period: PeriodLimit['period'], time: number): number {
  const now = new Date(time)
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()]
  if (period === 'YEAR') return Date.UTC(year, 0)
  if (period === 'MONTH') return Date.UTC(year, month)
  const sinceMonday = period === 'WEEK' ? (now.getUTCDay() + 6) % 7 : 0
  return Date.UTC(year, month, day - sinceMonday)
}

/** What an agreement paid of an asset since then, less what was refunded of it. Failed payments do not count. */
export function usedSince(
  book: Book,
  wallet: string,
  since: { readonly asset: string; readonly from: number },
): bigint {
  let used = 0n
  for (let number = book.operations().length; number >= 1; number--) {
    const operation = book.byNumber(number)
    if (operation === undefined || operation.at < since.from) break
    const isTheirs = operation.exchange === 'bybit' && operation.from === wallet
    if (!isTheirs || operation.asset !== since.asset) continue
    if (statusOf(operation, Infinity) === 'SUCCESS') used += operation.units - operation.credited
  }
  return used
}
