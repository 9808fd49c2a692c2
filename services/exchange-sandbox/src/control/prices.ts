import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { type ControlDeps, exchangeName } from './control-deps.ts'

const decimal = z.string().regex(/^\d{1,12}(\.\d{1,8})?$/, 'is no decimal string')

const place = z.strictObject({ exchange: exchangeName, symbol: z.string() })

/** A pin may be crossed, inverted or absurd: that is what it is for. Sizes are those of the best level. */
const pin = z.strictObject({
  bid: decimal,
  ask: decimal,
  bidSize: decimal.exactOptional(),
  askSize: decimal.exactOptional(),
})

/** Adds the prices' control: pin a book until it is unpinned, and see what is quoted. */
export function addPriceControl(server: FastifyInstance, { market }: ControlDeps): void {
  server.put('/control/prices/:exchange/:symbol', (request, reply) => {
    const { exchange, symbol } = place.parse(request.params)
    if (market.top(exchange, symbol) === undefined) return unknown(reply, symbol)
    market.pin(exchange, symbol, pin.parse(request.body))
    return reply.code(204).send()
  })
  server.delete('/control/prices/:exchange/:symbol', (request, reply) => {
    const { exchange, symbol } = place.parse(request.params)
    if (market.top(exchange, symbol) === undefined) return unknown(reply, symbol)
    market.unpin(exchange, symbol)
    return reply.code(204).send()
  })
  server.get('/control/prices', () => ({
    prices: exchangeName.options.flatMap((exchange) =>
      market.tops(exchange).map(({ symbol, bid, ask, changedAt }) => ({
        exchange,
        symbol: symbol.symbol,
        bid,
        ask,
        changedAt: new Date(changedAt).toISOString(),
      })),
    ),
  }))
}

function unknown(
  reply: { code(status: number): { send(body: unknown): unknown } },
  symbol: string,
) {
  return reply.code(404).send({ mistakes: [`${symbol} is not traded here`] })
}
