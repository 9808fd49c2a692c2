import type { ClaimedExposure, Collections } from '@tolem/authorizations/collections'
import type { Card, WalletLink } from '@tolem/domain/card'
import type { BankId, CardToken } from '@tolem/domain/ids'
import { localDay } from '@tolem/domain/local-day'
import type { RailPort } from '@tolem/exchanges/port'
import type { Money } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import type { Logger } from '@tolem/telemetry/logger'
import { type Backoff, delayAfter } from './backoff.ts'
import type { Meters } from './meters.ts'
import type { CollectionPricing, Unpriced } from './price-collection.ts'
import type { Terms } from './terms.ts'

export type CollectDeps = {
  readonly collections: Collections
  readonly terms: Terms
  readonly price: CollectionPricing
  /** A card as it stands now. */
  readonly findCard: (bank: BankId, token: CardToken) => Promise<Card | undefined>
  readonly meters: Meters
  readonly logger: Logger
  /** In [0, 1). */
  readonly random: () => number
  /** Wall clock, milliseconds since the epoch. */
  readonly now: () => number
  /** Pauses while a rate or a fault of the world is waited for, and while a cardholder is. */
  readonly backoff: Backoff
  readonly collectionBackoff: Backoff
  readonly escalateAfterMs: number
  readonly balanceTimeoutMs: number
}

/** Why an exposure must wait. What only the cardholder, the bank or the programme can change is waited for longer. */
type Waiting =
  | Unpriced
  | 'card_missing'
  | 'wallet_not_linked'
  | 'rail_not_available'
  | 'bank_not_in_programme'
  | 'no_reference_left'

/**
 * Intends a debit for a claimed exposure: at the present price, or at the one that it must be collected at; for a part
 * of it where the wallet is known to hold less. Where nothing can be debited now, the exposure waits, and says for
 * what.
 *
 * @throws {PostgresFault} The exposure is then free again when its lease ends.
 */
export async function collect(deps: CollectDeps, exposure: ClaimedExposure): Promise<void> {
  const card = await deps.findCard(exposure.bank, exposure.cardToken)
  if (!card) return postpone(deps, exposure, { reason: 'card_missing' })
  const { walletLink: wallet } = card
  if (!wallet) return postpone(deps, exposure, { reason: 'wallet_not_linked' })
  const rail = deps.terms.rail(wallet, localDay(deps.now()))
  if (!rail) return postpone(deps, exposure, { reason: 'rail_not_available', wallet })
  const charges = deps.terms.charges(exposure.bank, exposure.type)
  if (!charges) return postpone(deps, exposure, { reason: 'bank_not_in_programme', wallet })

  const quoted = deps.price({
    owed: exposure.owed,
    wallet,
    assets: deps.terms.assets(wallet),
    stepOf: rail.stepOf,
    ...charges,
    original: exposure.quote,
    refused: exposure.refused,
    balances: await readBalances(deps, exposure, { wallet, rail }),
  })
  if (!quoted.ok) return postpone(deps, exposure, { reason: quoted.reason, wallet })

  const intended = await deps.collections.intend(exposure, { wallet, quote: quoted.value })
  deps.meters.collections.inc({ outcome: intended.kind })
  if (intended.kind === 'no_reference_left')
    return postpone(deps, exposure, { reason: intended.kind, wallet })
  const { id, authorizationId } = exposure
  deps.logger.info({ exposureId: id, authorizationId, ...intended }, 'collection')
}

/** A wallet that has never refused is not asked: its debit tells as much, in one call. */
async function readBalances(
  deps: CollectDeps,
  { refused }: ClaimedExposure,
  { wallet, rail }: { readonly wallet: WalletLink; readonly rail: RailPort },
): Promise<readonly Money<CryptoAsset>[] | undefined> {
  if (refused === 0) return undefined
  const balances = await rail.balances({ wallet }, { timeoutMs: deps.balanceTimeoutMs })
  return balances.ok ? balances.value : undefined
}

const PASSES_SOON: ReadonlySet<Waiting> = new Set(['rate_unavailable', 'rate_unsafe'])

async function postpone(
  deps: CollectDeps,
  exposure: ClaimedExposure,
  { reason, wallet }: { readonly reason: Waiting; readonly wallet?: WalletLink },
): Promise<void> {
  const backoff = PASSES_SOON.has(reason) ? deps.backoff : deps.collectionBackoff
  deps.meters.collections.inc({ outcome: reason })
  const { id, authorizationId, attempts } = exposure
  const postponed = await deps.collections.postpone(exposure, {
    delayMs: delayAfter(attempts, backoff, deps.random()),
    detail: reason,
    escalate: reason === 'no_reference_left',
    longestAgeMs: deps.escalateAfterMs,
    ...(wallet && { exchange: wallet.exchange }),
  })
  if (postponed.kind === 'claim_lost' || !postponed.newlyEscalated) return
  deps.meters.escalations.inc({ kind: 'exposure' })
  deps.logger.error({ exposureId: id, authorizationId, reason }, 'exposure needs a person')
}
