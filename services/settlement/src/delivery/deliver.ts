import { crashPoint } from '@tolem/crash-points'
import type { ClaimedDelivery, Deliveries, DeliveryWritten } from '@tolem/events/deliveries'
import type { Logger } from '@tolem/telemetry/logger'
import { type Backoff, delayAfter } from '../backoff.ts'
import type { DeliveryMeters } from './meters.ts'
import { toBody } from './to-body.ts'
import type { Destination, Sent } from './webhook.ts'

export type DeliverDeps = {
  readonly deliveries: Pick<Deliveries, 'advance' | 'defer'>
  readonly meters: DeliveryMeters
  readonly logger: Logger
  /** In [0, 1). */
  readonly random: () => number
  /** Milliseconds that only ever grow, also while the process is stopped. */
  readonly elapsed: () => number
  readonly backoff: Backoff
  readonly escalateAfterMs: number
  readonly timeoutMs: number
  readonly leaseMs: number
}

/** Where a delivery goes, and when its lease began at the latest, by `elapsed`. */
export type Lent = { readonly destination: Destination; readonly claimedAt: number }

/**
 * Tells a destination of an authorization's events, one after the other: the next one only when the one before it was
 * taken, so no receiver ever meets an event before those in front of it, whoever sends. Nothing is begun that could
 * outlast the lease. Gives whether the destination took all that it was told, and nothing where it was told nothing.
 */
export async function deliver(
  deps: DeliverDeps,
  delivery: ClaimedDelivery,
  { destination, claimedAt }: Lent,
): Promise<boolean | undefined> {
  crashPoint('deliver.after_claim')
  let deliveredUpTo: number | undefined
  for (const event of delivery.events) {
    if (deps.elapsed() - claimedAt + deps.timeoutMs >= deps.leaseMs) break
    const sent = await destination.send({ id: event.id, body: toBody(event) })
    count(deps, delivery, sent)
    if (sent.kind === 'failed') {
      await defer(deps, delivery, { deliveredUpTo, detail: sent.detail })
      return false
    }
    crashPoint('deliver.after_send')
    deliveredUpTo = event.sequence
  }
  const isTold = deliveredUpTo !== undefined
  if (delivery.events.length === 0) deliveredUpTo = delivery.lastSequence
  // Else the lease was over before anything was sent: whoever holds the delivery now begins where it stands.
  if (deliveredUpTo !== undefined)
    noteLoss(deps, delivery, await deps.deliveries.advance(delivery, deliveredUpTo))
  return isTold ? true : undefined
}

async function defer(
  deps: DeliverDeps,
  delivery: ClaimedDelivery,
  failed: { readonly deliveredUpTo: number | undefined; readonly detail: string },
): Promise<void> {
  const { deliveries, meters, logger, backoff, random, escalateAfterMs } = deps
  const { destination, authorizationUuid, attempts } = delivery
  const delayMs = delayAfter(attempts, backoff, random())
  const written = await deliveries.defer(delivery, { ...failed, delayMs, escalateAfterMs })
  noteLoss(deps, delivery, written)
  if (written.kind === 'claim_lost' || !written.newlyEscalated) return
  meters.escalations.inc({ destination })
  const { detail } = failed
  logger.error({ destination, authorizationUuid, attempts, detail }, 'events need a person')
}

function count({ meters }: DeliverDeps, { destination }: ClaimedDelivery, sent: Sent): void {
  meters.attempts.inc({
    destination,
    outcome: sent.kind === 'delivered' ? 'delivered' : sent.outcome,
  })
}

function noteLoss(
  { meters, logger }: DeliverDeps,
  { destination, authorizationUuid }: ClaimedDelivery,
  written: DeliveryWritten,
): void {
  if (written.kind === 'recorded') return
  meters.claimsLost.inc({ destination })
  logger.warn({ destination, authorizationUuid }, 'claim lost: the result is dropped')
}
