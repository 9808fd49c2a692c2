import { type Amount, amountOf, subtract } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import type { PaidTenge } from '../collections.ts'

/** An executed debit: what it took, in multiples of the rail's `step`, and what that was to pay for, in tiyn. */
export type TakenDebit = PaidTenge & {
  readonly step: bigint
  readonly amount: Amount<CryptoAsset>
}

/** What an executed collection paid for, and what of it goes back because it is not owed any more. */
export type Surplus = {
  readonly paid: PaidTenge
  /** The part of the debit's billing that nothing owes, in tiyn. */
  readonly released: Amount<'KZT'>
  /** The crypto that goes back for it; may be nothing where that part is worth less than a step. */
  readonly credited: Amount<CryptoAsset>
}

/**
 * Sets a debit against what is owed by the time it is known to have happened. The rest is given up by the rule of every
 * release: in proportion, rounded down to the step (crypto) and to the tiyn (fee and spread), all of it when all is
 * released. So later releases of the same debit add up to exactly the debit.
 */
export function planSurplus(debit: TakenDebit, owed: Amount<'KZT'>): Surplus {
  const { billing, fee, spread, amount, step } = debit
  const released = amountOf('KZT', billing > owed ? billing - owed : 0n)
  const share = (of: bigint) => (of * released) / billing
  return {
    paid: {
      billing: subtract(billing, released),
      fee: amountOf('KZT', fee - share(fee)),
      spread: amountOf('KZT', spread - share(spread)),
    },
    released,
    credited: amountOf<CryptoAsset>(
      'USDT',
      released === billing ? amount : share(amount / step) * step,
    ),
  }
}
