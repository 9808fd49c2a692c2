import type {
  ConversionFee,
  ConversionFill,
  ConversionMoney,
  ConversionOrder,
} from '@tolem/domain/conversion'
import { LEDGER_ACCOUNTS, type Posting, type PostingLine, toJournal } from './ledger.ts'

/**
 * What an exchange owes us of an asset and what of that is worth in tenge by our quotes, at one instant: both are
 * positive where crypto was debited and not sold, negative where it must be bought back.
 */
export type ConversionPosition = { readonly position: bigint; readonly book: bigint }

/** An order and the worth in tiyn that its whole amount had in the ledger when it was intended; signed. */
export type BookedOrder = ConversionOrder & { readonly book: bigint }

/**
 * The part of a position's worth that goes with `amount` of it: its share, rounded towards nothing, and all that is
 * left with the last unit. So any number of orders that take a position to zero take its worth to zero.
 */
export function bookShare({ position, book }: ConversionPosition, amount: bigint): bigint {
  const held = position < 0n ? -position : position
  return amount === held ? book : (book * amount) / held
}

/** The worth that a fill takes along: of a partial fill its share of the order's. */
export function filledBook({ amount, book }: BookedOrder, filled: bigint): bigint {
  return bookShare({ position: amount, book }, filled)
}

/**
 * The two linked journals of a filled order. One moves the asset between the programme's account at the exchange and
 * the market; the other moves the money the other way, and the tenge that the ledger had booked for the asset: against
 * the tenge that were realised, the difference being the conversion's result; or, where the money is USDT, on to what
 * the ledger has booked for USDT, without a result. Fees are lines of their own in the asset that they were taken in;
 * one in an asset that the ledger does not count is not posted.
 */
export function conversionJournals(order: BookedOrder, fill: ConversionFill): readonly Posting[] {
  const { reference, exchange, asset, money } = order
  const fees = fill.fees.flatMap((fee) => feeLines(order, fee))
  return [
    ...toJournal(`conversion/${reference}`, [
      moved(order, asset, direction(order, fill.amount)),
      ...fees.filter((line) => line.asset === asset),
    ]),
    ...toJournal(`conversion_money/${reference}`, [
      moved(order, money, -direction(order, fill.worth)),
      ...bookLines(order, fill, LEDGER_ACCOUNTS.market(exchange)),
      ...fees.filter((line) => line.asset !== asset),
    ]),
  ]
}

/** Positive where the programme gives the asset away. */
function direction({ side }: BookedOrder, amount: bigint): bigint {
  return side === 'sell' ? amount : -amount
}

/** `given` leaves the programme's account at the exchange; a negative one comes to it. */
function moved(
  { exchange }: BookedOrder,
  asset: ConversionOrder['asset'] | ConversionMoney,
  given: bigint,
): PostingLine {
  return line(asset, given, {
    debitAccount: LEDGER_ACCOUNTS.market(exchange),
    creditAccount: LEDGER_ACCOUNTS.programmeSettlement(exchange, asset),
  })
}

function bookLines(order: BookedOrder, fill: ConversionFill, market: string): PostingLine[] {
  const { exchange, asset, money } = order
  const book = filledBook(order, fill.amount)
  const from = LEDGER_ACCOUNTS.conversion(exchange, asset)
  if (money === 'USDT') {
    const to = LEDGER_ACCOUNTS.conversion(exchange, money)
    return [line('KZT', book, { debitAccount: to, creditAccount: from })]
  }
  const result = direction(order, fill.worth) - book
  const creditAccount = LEDGER_ACCOUNTS.conversionResult(exchange)
  return [
    line('KZT', book, { debitAccount: market, creditAccount: from }),
    line('KZT', result, { debitAccount: market, creditAccount }),
  ]
}

function feeLines({ exchange }: BookedOrder, fee: ConversionFee): PostingLine[] {
  if (fee.asset === 'other') return []
  const debitAccount = LEDGER_ACCOUNTS.exchangeFee(exchange)
  const creditAccount = LEDGER_ACCOUNTS.programmeSettlement(exchange, fee.asset)
  return [line(fee.asset, fee.amount, { debitAccount, creditAccount })]
}

/** A line of a signed amount: a negative one is posted the other way round. */
function line(
  asset: PostingLine['asset'],
  amount: bigint,
  { debitAccount, creditAccount }: Pick<PostingLine, 'debitAccount' | 'creditAccount'>,
): PostingLine {
  return amount < 0n
    ? { asset, amount: -amount, debitAccount: creditAccount, creditAccount: debitAccount }
    : { asset, amount, debitAccount, creditAccount }
}
