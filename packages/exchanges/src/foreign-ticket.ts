import type { ConversionLookUp, ConversionOrder, ConversionTicket } from '@tolem/domain/conversion'

/**
 * What is known of an order whose ticket is of the other way of converting, because the programme changed `via` while
 * it was open: nothing. Asked in a way that never heard of it, the exchange would say that there is no such order, and
 * its amount would be sold once more. A spot order's ticket is its own reference, a quote's never is.
 */
export function judgeForeignTicket(
  { reference }: ConversionOrder,
  { text }: ConversionTicket,
  via: 'spot' | 'convert',
): ConversionLookUp | undefined {
  const isOfSpot = text === reference
  if (isOfSpot === (via === 'spot')) return undefined
  const detail = 'sent while the programme converted in another way: look there'
  return { kind: 'contradicted', detail }
}
