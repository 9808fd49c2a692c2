import { createRails } from '../compose.ts'
import type { RailCall } from '../observed.ts'
import type { RailPort } from '../port.ts'
import type { Dialect } from './dialect.ts'
import { type ScriptedExchange, startScriptedExchange } from './scripted-exchange.ts'

/** When the tests of one rail's wire format take place. */
export const NOW = 1_767_780_000_000

/** A scripted exchange with one rail to it. */
export async function openRail(
  dialect: Dialect,
  observe: (call: RailCall) => void = () => undefined,
): Promise<{ exchange: ScriptedExchange; rail: RailPort; readonly close: () => Promise<void> }> {
  const exchange = await startScriptedExchange()
  const settings = dialect.settings(exchange.host)
  const readSecret = (reference: string) => reference
  const rails = createRails([settings], { readSecret, now: () => NOW, observe })
  const rail = rails.railFor(settings.id, dialect.rail)
  if (!rail) throw new Error('the rail is missing')
  return {
    exchange,
    rail,
    close: async () => {
      await rails.close()
      await exchange.close()
    },
  }
}
