import type { DeclineReason } from '@tolem/domain/decision'
import type { FundingDebit, HoldPart, Tenge } from '@tolem/domain/hold'
import type { CreditIntent } from '@tolem/domain/hold-change'
import { movementReference, uuidOf } from '@tolem/domain/ids'
import { type Amount, amountOf, subtract } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import { tengeToCrypto } from '@tolem/money/convert'
import type { FoundCredit, NewRefund } from '../holds.ts'
import { type DebitRow, toFundingDebit, walletText } from './debit-row.ts'
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
 * something left and hold nothing else, because a rail may only give back what it took. Rounded down to the step.
 */
export async function creditAtPresent(session: Session, priced: Priced): Promise<PresentCredits> {
  const pool = await lockPool(session, priced)
  const [first] = pool
  if (!first) return { kind: 'declined', reason: 'original_not_found' }
  const { exchange, asset, step } = first
  const rate = priced.refund.presentRate(exchange, asset)
  if (!rate) return { kind: 'declined', reason: 'rate_unavailable' }
  const wanted = tengeToCrypto(priced.price, { asset, rate, step, rounding: 'against_programme' })
  const credits = takeFrom(pool, wanted, priced)
  if (!credits) return { kind: 'declined', reason: 'original_not_found' }
  const found = credits
    .filter(({ amount }) => amount > 0n)
    .map(({ amount }) => ({ exchange, asset, amount, rate, rateOf: 'present' }) as const)
  return { kind: 'credits', credits, found }
}

/** The card's debits from the wallet that paid for this hold, or that paid for the card last. */
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
  const wallet = hold?.wallets.at(-1) ?? (rows[0] && walletText(rows[0]))
  return rows
    .filter((row) => walletText(row) === wallet)
    .map((row) => toFundingDebit({ ...row, quote: row.quote ?? ANY_QUOTE }, null, stepOf))
}

/** Nothing when they have too little left. */
function takeFrom(
  pool: readonly FundingDebit[],
  wanted: Amount<CryptoAsset>,
  priced: Priced,
): readonly CreditIntent[] | undefined {
  const credits: CreditIntent[] = []
  let left: bigint = wanted
  for (const debit of pool) {
    const free = subtract(debit.amount, debit.credited)
    const amount = amountOf(debit.asset, left < free ? left : free)
    left -= amount
    credits.push(creditOf(priced, { debit, amount, ordinal: credits.length + 1 }))
    if (left === 0n) return credits
  }
  return undefined
}

/** The first credit carries the tenge of all of them: they are of one exchange and asset. */
function creditOf(
  { part, price }: Priced,
  taken: Pick<CreditIntent, 'debit' | 'amount'> & { readonly ordinal: number },
): CreditIntent {
  const { debit, amount, ordinal } = taken
  const nothing = amountOf('KZT', 0n)
  const reference =
    amount > 0n ? movementReference(part.id, 'credit', part.credits + ordinal) : undefined
  const billing = ordinal === 1 ? price : nothing
  return { debit, reference, amount, billing, fee: nothing, spread: nothing }
}

/** A debit's own rate plays no part here; its quote may stand in its authorization's row, which is not read. */
const ANY_QUOTE = JSON.stringify({ applied: '1' })
