import type {
  AtRail,
  Finding,
  KnownMovement,
  Reconciliation,
  Watermark,
} from '@tolem/authorizations/reconciliation'
import { crashPoint } from '@tolem/crash-points'
import type { RailPort } from '@tolem/exchanges/port'
import type { Logger } from '@tolem/telemetry/logger'
import type { ReconciliationMeters } from './meters.ts'

/** What every pass over a rail needs. */
export type PassDeps = {
  readonly reconciliation: Reconciliation
  readonly rail: RailPort
  readonly meters: ReconciliationMeters
  readonly logger: Logger
  /** What happened less long ago is not compared yet. */
  readonly marginMs: number
  /** So much of what was compared is compared again: lists may show a movement late. */
  readonly overlapMs: number
  /** How often a pass is made. */
  readonly intervalMs: number
  /** How many look-ups the rail's exchange allows, settlement's own among them. */
  readonly lookUpsPerSecond: number
  /** Waits, and gives whether to go on then: not when the service closes. */
  readonly wait: (ms: number) => Promise<boolean>
}

/** How long an answer that says nothing holds a rail up before it is told as a finding. */
export const PATIENCE_MS = 60 * 60_000

/** Up to when a pass compares: what may still be on its way, to the exchange or into its list, is left out. */
export function endOf({ rail, marginMs }: PassDeps, { now }: Watermark): number {
  return now - Math.max(marginMs, rail.capabilities.notFoundIsFinalAfterMs)
}

/** When it moved at the latest: a debit right after it was written, a credit perhaps long after. */
export function momentOf({ kind, createdAt, validUntil }: KnownMovement): number {
  return kind === 'credit' ? validUntil : createdAt
}

/** Records findings and tells of those that are new. */
export async function record(
  { reconciliation, rail, meters, logger }: PassDeps,
  findings: readonly Finding[],
): Promise<void> {
  const at: AtRail = { exchange: rail.exchange, rail: rail.rail }
  const found = await reconciliation.find(at, findings)
  if (found.length > 0) crashPoint('reconcile.after_find')
  for (const key of found) {
    meters.findings.inc({ exchange: at.exchange, kind: key.kind })
    const told = findings.find(
      ({ name, nth, kind }) => name === key.name && nth === key.nth && kind === key.kind,
    )
    const { detail, moved } = told ?? {}
    logger.error({ ...at, ...key, detail, wallet: moved?.walletId }, 'books differ')
  }
}
