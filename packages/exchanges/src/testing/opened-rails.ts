import { createRails, type RailSet } from '../compose.ts'
import type { ExchangeSettings } from '../settings.ts'
import { NOW } from './opened-rail.ts'
import { type ScriptedExchange, startScriptedExchange } from './scripted-exchange.ts'

/** A scripted exchange with everything that a programme has at it. */
export async function openRails(
  settingsAt: (host: string) => ExchangeSettings,
  now: () => number = () => NOW,
): Promise<{ exchange: ScriptedExchange; rails: RailSet; readonly close: () => Promise<void> }> {
  const exchange = await startScriptedExchange()
  const readSecret = (reference: string) => reference
  const rails = createRails([settingsAt(exchange.host)], { readSecret, now })
  return {
    exchange,
    rails,
    close: async () => {
      await rails.close()
      await exchange.close()
    },
  }
}
