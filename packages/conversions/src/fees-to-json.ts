import type { ConversionFee } from '@tolem/domain/conversion'

/** Fees as the order's row keeps them: minor units as text, or the exchange's own name and text. */
export function feesToJson(fees: readonly ConversionFee[]): string {
  return JSON.stringify(
    fees.map((fee) => (fee.asset === 'other' ? fee : { ...fee, amount: fee.amount.toString() })),
  )
}
