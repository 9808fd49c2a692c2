import { z } from 'zod'
import { parseCoins } from '../coins.ts'
import { PLAIN_TEXT } from '../plain-text.ts'

/** Forms of fields as Binance Pay's tables give them. Numbers arrive as the text that was sent. */

/** Decimals of every amount. */
export const PAY_SCALE = 8

/** Plain text of 1 to `lengthMax` characters. */
export const text = (lengthMax: number) => z.string().min(1).max(lengthMax).regex(PLAIN_TEXT)

/** Letters and digits only, as ids of the merchant's are. */
export const alphanumeric = (lengthMax: number) => text(lengthMax).regex(/^[A-Za-z0-9]*$/)

/** A whole number of up to nineteen digits: an id or milliseconds since 1970. */
export const long = z.string().regex(/^\d{1,19}$/)

/** Milliseconds since 1970. */
export const time = long.transform(Number)

/** A positive amount with up to eight decimals, as units. */
export const amount = z.string().transform((given, context) => {
  const units = parseCoins(given, PAY_SCALE)
  if (units !== undefined && units > 0n) return units
  context.addIssue({ code: 'custom', message: 'is no positive amount of at most eight decimals' })
  return z.NEVER
})

/** Contracts and orders are in one of these: "USDC for MiCA users; fiat no". */
export const currency = z.enum(['USDT', 'USDC'])

/** Where a notice goes: an address of ours, given per order. */
export const webhookUrl = z
  .url({ protocol: /^https?$/ })
  .max(256)
  .regex(PLAIN_TEXT)
  .optional()
