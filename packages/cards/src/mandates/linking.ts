import {
  type Card,
  canBecome,
  isMandateRail,
  type MandateRail,
  type WalletLink,
} from '@tolem/domain/card'
import type { Mandate, MandateReason, SignedMandate } from '@tolem/domain/mandate'

/** The wallet that a signed mandate lets us debit. */
export function walletOf(
  { exchange, rail, assets }: Pick<Mandate, 'exchange' | 'rail' | 'assets'>,
  { walletId, userId }: SignedMandate,
): WalletLink {
  return { exchange, rail, walletId, ...(userId !== undefined && { userId }), assets }
}

/** Do both debit the same wallet under the same mandate? Which assets they take does not matter. */
export function isSameWallet(one: WalletLink, other: WalletLink): boolean {
  return (
    one.exchange === other.exchange && one.rail === other.rail && one.walletId === other.walletId
  )
}

/** A card as a mandate of it finds it; `linkedAt` is when its wallet link was last changed. */
export type LinkableCard = Pick<Card, 'status' | 'walletLink'> & { readonly linkedAt?: number }

/**
 * Does a mandate that was just signed pay for its card from now on, or why not? What the bank decided later stands: a
 * link that it put itself after it asked for this mandate, or one from a mandate that it asked for after it. `older`
 * are the mandates of the card that it asked for before this one.
 */
export function whyNotLinked(
  { status, walletLink, linkedAt = 0 }: LinkableCard,
  { createdAt }: Pick<Mandate, 'createdAt'>,
  older: readonly Mandate[],
): Extract<MandateReason, 'card_ended' | 'replaced'> | undefined {
  if (!canBecome(status, 'active') && status !== 'active') return 'card_ended'
  if (!walletLink || linkedAt < createdAt) return undefined
  const isFromOlder = older.some(
    (mandate) => mandate.signed && isSameWallet(walletOf(mandate, mandate.signed), walletLink),
  )
  return isFromOlder ? undefined : 'replaced'
}

/** Is there an agreement at an exchange behind this link, which must be ended when the link is taken away? */
export function isUnderMandate(
  link: WalletLink,
): link is WalletLink & { readonly rail: MandateRail } {
  return isMandateRail(link.rail)
}
