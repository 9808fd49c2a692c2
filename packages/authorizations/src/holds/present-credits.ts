import type { DeclineReason } from '@tolem/domain/decision'
import type { FundingDebit, HoldPart, Tenge } from '@tolem/domain/hold'
import type { CreditIntent } from '@tolem/domain/hold-change'
import { movementReference, uuidOf } from '@tolem/domain/ids'
import { amountOf, subtract } from '@tolem/money/amount'
import { cryptoToTenge, tengeToCrypto } from '@tolem/money/convert'
import type { Rate } from '@tolem/money/rate'
import type { FoundCredit, NewRefund } from '../holds.ts'
import { type DebitRow, toFundingDebit, toPaidFrom } from './debit-row.ts'
import type { LockedHold } from './load.ts'
import type { Session } from './session.ts'

/** How far back a card's debits are looked through for what a refund can be credited against. */
const DEBITS_MOST = 100

/** What a refund at the present rate comes to, or why it cannot be paid. */
export type PresentCredits =
  | {
      readonly kind: 'credits'
      readonly credits: readonly CreditIntent[]
      readonly found: readonly FoundCredit[]
    }
  | { readonly kind: 'declined'; readonly reason: DeclineReason }

/** A refund of which `price` tenge are to be paid in crypto, in the name of a part of its hold, if it has one. */
type Priced = {
  readonly refund: NewRefund
  readonly part: HoldPart
  readonly price: Tenge
  readonly hold: LockedHold | undefined
}

/**
 * Credits `price` tenge at the present rate to the wallet that paid: against debits of the card from it that have
 * something left and hold nothing else, because a rail may only give back what it took. The asset that paid last comes
 * first, and what its debits cannot give is credited in the next. Rounded down to the step of each.
 */
export async function creditAtPresent(session: Session, priced: Priced): Promise<PresentCredits> {
  const pool = await lockPool(session, priced)
  const credits: CreditIntent[] = []
  const found: FoundCredit[] = []
  let left = priced.price
  let reason: DeclineReason = 'original_not_found'
  for (const [asset, debits] of Map.groupBy(pool, (debit) => debit.asset)) {
    const [{ exchange }] = debits as [FundingDebit]
    const rate = priced.refund.presentRate(exchange, asset)
    if (!rate) {
      reason = 'rate_unavailable'
      continue
    }
    const taken = takeFrom(debits, { priced, price: left, rate, before: credits.length })
    credits.push(...taken.credits)
    found.push(
      ...taken.credits
        .filter(({ amount }) => amount > 0n)
        .map(({ amount }) => ({ exchange, asset, amount, rate, rateOf: 'present' }) as const),
    )
    left = subtract(left, taken.price)
    if (left === 0n) return { kind: 'credits', credits, found }
  }
  return { kind: 'declined', reason }
}

/** The card's debits from the wallet that paid for this hold, or that paid for the card last; its last asset first. */
async function lockPool(
  { run, statements, stepOf }: Session,
  { refund, hold }: Priced,
): Promise<readonly FundingDebit[]> {
  const { bank, cardToken } = hold?.first ?? refund.request
  const rows = await run<DebitRow>(statements['refund-debits'], [
    bank,
    cardToken,
    DEBITS_MOST,
    hold ? uuidOf(hold.first.id) : null,
  ])
  const last = hold?.paidFrom.at(-1) ?? (rows[0] && toPaidFrom(rows[0]))
  const paid = rows.filter((row) => toPaidFrom(row).wallet === last?.wallet)
  const isLast = (row: DebitRow) => row.asset === last?.asset
  return [...paid.filter(isLast), ...paid.filter((row) => !isLast(row))].map((row) =>
    toFundingDebit({ ...row, quote: row.quote ?? ANY_QUOTE }, null, stepOf),
  )
}

/** What the debits of one asset give, and for how many tenge: for all that are asked, or for all that they can. */
function takeFrom(
  debits: readonly FundingDebit[],
  asked: {
    readonly priced: Priced
    readonly price: Tenge
    readonly rate: Rate
    readonly before: number
  },
): { readonly credits: readonly CreditIntent[]; readonly price: Tenge } {
  const { priced, price, rate, before } = asked
  const [{ asset, step }] = debits as [FundingDebit]
  const free = debits.reduce((sum, { amount, credited }) => sum + amount - credited, 0n)
  const wanted = tengeToCrypto(price, { asset, rate, step, rounding: 'against_programme' })
  const isEnough = wanted <= free
  const all = amountOf(asset, free - (free % step))
  // What is given stands for no fewer tenge than it is worth: the rest is not credited twice.
  const worth = cryptoToTenge(all, { asset, rate, rounding: 'against_cardholder' })
  const paid = isEnough ? price : worth
  if (paid === 0n) return { credits: [], price: paid }
  const credits: CreditIntent[] = []
  let left: bigint = isEnough ? wanted : all
  for (const debit of debits) {
    const there = subtract(debit.amount, debit.credited)
    const amount = amountOf(debit.asset, left < there ? left : there)
    left -= amount
    credits.push(creditOf(priced, { debit, amount, ordinal: before + credits.length + 1 }))
    if (left === 0n) break
  }
  const [first, ...others] = credits
  return { credits: first ? [{ ...first, billing: paid }, ...others] : [], price: paid }
}

/** The first credit of an asset carries the tenge of all of them. */
function creditOf(
  { part }: Priced,
  taken: Pick<CreditIntent, 'debit' | 'amount'> & { readonly ordinal: number },
): CreditIntent {
  const { debit, amount, ordinal } = taken
  const nothing = amountOf('KZT', 0n)
  const reference =
    amount > 0n ? movementReference(part.id, 'credit', part.credits + ordinal) : undefined
  return {
    debit,
    reference,
    amount,
    billing: nothing,
    fee: nothing,
    spread: nothing,
    countsAs: 'nothing',
  }
}

/** A debit's own rate plays no part here; its quote may stand in its authorization's row, which is not read. */
const ANY_QUOTE = JSON.stringify({ applied: '1' })
