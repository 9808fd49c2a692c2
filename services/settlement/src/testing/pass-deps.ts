import type { Reconciliation } from '@tolem/authorizations/reconciliation'
import type { ExchangeId } from '@tolem/domain/ids'
import { createLogger } from '@tolem/telemetry/logger'
import { createMetrics } from '@tolem/telemetry/metrics'
import { createReconciliationMeters } from '../reconciliation/meters.ts'
import type { PassDeps } from '../reconciliation/settings.ts'
import { createScriptedExchange } from './scripted-exchange.ts'

/** Records without anything in them, where nothing is ever found. */
const EMPTY: Reconciliation = {
  begin: () => Promise.resolve(),
  claim: () => Promise.resolve(undefined),
  advance: () => Promise.resolve(),
  written: () => Promise.resolve([]),
  over: () => Promise.resolve([]),
  known: () => Promise.resolve([]),
  sweep: () => Promise.resolve([]),
  found: () => Promise.resolve([]),
  find: () => Promise.resolve([]),
  resolve: () => Promise.resolve({ netted: [], returns: [] }),
  recordLate: () => Promise.resolve(0),
}

/** What a pass needs, without a database: empty records but for `records`, and nobody waits. */
export function passDeps(
  records: Partial<Reconciliation>,
  change: Partial<PassDeps> = {},
): PassDeps {
  return {
    reconciliation: { ...EMPTY, ...records },
    rail: createScriptedExchange({
      exchange: 'x' as ExchangeId,
      rail: 'bybit-pay',
      isResendSafe: true,
      notFoundIsFinalAfterMs: 100,
    }),
    meters: createReconciliationMeters(createMetrics('settlement')),
    logger: createLogger({ service: 'settlement', level: 'silent' }),
    marginMs: 60_000,
    overlapMs: 300_000,
    intervalMs: 60_000,
    lookUpsPerSecond: 10,
    wait: () => Promise.resolve(true),
    ...change,
  }
}
