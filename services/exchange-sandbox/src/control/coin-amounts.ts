import { z } from 'zod'
import { type Exchange, parseCoins, scaleOf } from '../coins.ts'

/** Whole coins by asset as decimal strings, read into units of the exchange's scale. */
export function coins(exchange: Exchange) {
  return z.record(z.string(), z.string()).transform((amounts, context) => {
    const units = new Map<string, bigint>()
    for (const [asset, amount] of Object.entries(amounts)) {
      const scale = scaleOf(exchange, asset)
      const parsed = scale === undefined ? undefined : parseCoins(amount, scale)
      if (parsed === undefined) {
        context.addIssue({ code: 'custom', message: `${asset} ${amount} cannot be held here` })
        continue
      }
      units.set(asset, parsed)
    }
    return units
  })
}
