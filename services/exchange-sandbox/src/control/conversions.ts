import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { formatCoins, scaleOf } from '../coins.ts'
import type { Conversion, Money } from '../entries.ts'
import { type ControlDeps, exchangeName } from './control-deps.ts'

const filter = z.strictObject({
  exchange: exchangeName.optional(),
  reference: z.string().optional(),
  /** Only conversions with a greater number. */
  after: z.coerce.number().int().nonnegative().default(0),
  limit: z.coerce.number().int().positive().default(1_000),
})

/** Adds the list of what the masters' wallets turned into something else, oldest first. */
export function addConversionControl(server: FastifyInstance, { book }: ControlDeps): void {
  server.get('/control/conversions', (request) => {
    const wanted = filter.parse(request.query)
    const found = book.conversions
      .list()
      .slice(wanted.after)
      .filter(({ exchange }) => (wanted.exchange ?? exchange) === exchange)
      .filter(({ reference }) => (wanted.reference ?? reference) === reference)
    return { conversions: found.slice(0, wanted.limit).map(describe) }
  })
}

function describe(conversion: Conversion) {
  const { number, exchange, market, reference, executions, failure, at } = conversion
  const { sold, bought, fee } = conversion
  const inCoins = ({ asset, units }: Money) => ({
    asset,
    amount: formatCoins(units, scaleOf(exchange, asset) ?? 0),
  })
  return {
    number,
    exchange,
    market,
    reference,
    executions,
    sold: inCoins(sold),
    bought: inCoins(bought),
    fee: inCoins(fee),
    ...(failure === undefined ? {} : { failure }),
    at: new Date(at).toISOString(),
  }
}
