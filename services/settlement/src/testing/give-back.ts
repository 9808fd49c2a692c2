import type { Returns } from '@tolem/authorizations/returns'
import { createLogger } from '@tolem/telemetry/logger'
import { createMetrics } from '@tolem/telemetry/metrics'
import { createMeters } from '../meters.ts'
import { createReconciliationMeters } from '../reconciliation/meters.ts'
import { settleReturn } from '../reconciliation/settle-return.ts'
import type { ScriptedExchange } from './scripted-exchange.ts'

/** Settles what is to go back over a rail now, as settlement's worker does. */
export async function giveBack(returns: Returns, rail: ScriptedExchange): Promise<void> {
  const lane = { exchange: rail.exchange, rail: rail.rail, freeSlots: 10 }
  const metrics = createMetrics('settlement')
  const meters = { ...createMeters(metrics), ...createReconciliationMeters(metrics) }
  for (const credit of await returns.claim([lane], 1_000))
    await settleReturn(
      {
        returns,
        meters,
        logger: createLogger({ service: 'settlement', level: 'silent' }),
        random: () => 0,
        backoff: { firstMs: 1, longestMs: 1 },
        creditTimeoutMs: 150,
        leaseMs: 1_000,
      },
      credit,
      rail,
    )
}
