import { hash } from 'node:crypto'
import type { MandateOrder } from '@tolem/domain/mandate'
import type { ClaimedMandate } from '../mandates.ts'

/** A mandate as an exchange is asked for it, always in the same words. */
export function toOrder(mandate: ClaimedMandate): MandateOrder {
  const { reference, exchange, rail, assets, singleLimit, bank, cardToken } = mandate
  return {
    reference,
    exchange,
    rail,
    assets,
    ...(singleLimit !== undefined && { singleLimit }),
    // The token is the bank's matter: an exchange only needs to tell one cardholder from another.
    cardholder: hash('sha256', `${bank}/${cardToken}`, 'hex').slice(0, 32),
  }
}
