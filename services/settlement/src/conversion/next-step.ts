import type { ClaimedConversion } from '@tolem/conversions/order'
import type {
  ConversionCapabilities,
  ConversionFill,
  ConversionLookUp,
  ConversionRefusal,
} from '@tolem/domain/conversion'
import { isNotFoundFinal, isResendSafe } from '@tolem/domain/movement'

/** Why an order came to nothing: the exchange's reason, or ours. */
export type Refusal = ConversionRefusal | 'not_found' | 'abandoned'

/** Nothing can be concluded yet. `isForPerson`: no waiting will help. `finalInMs`: then the answer means more. */
export type ConversionDelay = {
  readonly kind: 'wait'
  readonly state: 'open' | 'in_doubt'
  readonly detail: string
  readonly isForPerson: boolean
  readonly finalInMs?: number
}

/** What is to be recorded of an order. */
export type ConversionStep =
  | { readonly kind: 'fill'; readonly fill: ConversionFill }
  | { readonly kind: 'refuse'; readonly refusal: Refusal; readonly detail: string }
  | ConversionDelay

/** Execute once more by the same ticket. */
type Resend = { readonly kind: 'resend' }

/** An order that was sent before. */
export type SentConversion = ClaimedConversion & {
  readonly sent: NonNullable<ClaimedConversion['sent']>
}

/**
 * What a look-up says must be done about an order that was sent. Only a certain end ends it. It is executed again only
 * where the exchange does not know it and promises to know the reference for as long as that could matter; elsewhere
 * it waits until "not found" is the truth, and the amount goes into a new order under a reference of its own.
 */
export function nextForConversion(
  found: ConversionLookUp,
  conversion: SentConversion,
  capabilities: ConversionCapabilities,
): ConversionStep | Resend {
  switch (found.kind) {
    case 'filled':
      return nextForFill(found.fill, conversion)
    case 'open':
      return { ...inDoubt('the exchange is executing it'), state: 'open' }
    case 'rejected':
      // That the exchange could not be asked says nothing about the order.
      return found.reason === 'exchange_unavailable'
        ? inDoubt(found.detail)
        : { kind: 'refuse', refusal: found.reason, detail: found.detail }
    case 'in_doubt':
      return inDoubt(found.detail)
    case 'contradicted':
      return { ...inDoubt(found.detail), isForPerson: true }
    case 'not_found':
      return nextForUnknown(conversion, capabilities)
  }
}

/** A fill of more than was ordered is not ours to post. */
export function nextForFill(fill: ConversionFill, { order }: ClaimedConversion): ConversionStep {
  if (fill.amount > order.amount)
    return { ...inDoubt('more was filled than was ordered'), isForPerson: true }
  return fill.amount === 0n
    ? { kind: 'refuse', refusal: 'exchange_refused', detail: 'ended without a fill' }
    : { kind: 'fill', fill }
}

/** Judged at the claim, before the look-up was asked: an answer cannot be older than its question. */
function nextForUnknown(
  { sent, claimedAt }: SentConversion,
  capabilities: ConversionCapabilities,
): ConversionStep | Resend {
  const { ticket, firstAt, validUntil } = sent
  if (isNotFoundFinal(capabilities, validUntil, claimedAt))
    return { kind: 'refuse', refusal: 'not_found', detail: 'not found when that is final' }
  const isValid = ticket.expiresAt === undefined || claimedAt < ticket.expiresAt
  if (isValid && isResendSafe(capabilities, firstAt, claimedAt)) return { kind: 'resend' }
  const finalInMs = validUntil + capabilities.notFoundIsFinalAfterMs - claimedAt
  return { ...inDoubt('not found yet'), finalInMs }
}

/** To be looked up again, later. */
export function inDoubt(detail: string): ConversionDelay {
  return { kind: 'wait', state: 'in_doubt', detail, isForPerson: false }
}
