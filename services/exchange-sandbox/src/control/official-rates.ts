import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { ControlDeps } from './control-deps.ts'

const place = z.strictObject({ day: z.iso.date() })

const planted = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('dollar'), tenge: z.string().min(1).max(32) }),
  z.strictObject({ kind: z.literal('empty') }),
  z.strictObject({ kind: z.literal('text'), text: z.string().max(60_000) }),
])

/** Adds the National Bank's control: plant a day of its feed (a dollar's price, nothing, any text), or let it be. */
export function addOfficialRateControl(server: FastifyInstance, { days }: ControlDeps): void {
  server.put('/control/official-rates/:day', (request, reply) => {
    days.set(place.parse(request.params).day, planted.parse(request.body))
    return reply.code(204).send()
  })
  server.delete('/control/official-rates/:day', (request, reply) => {
    days.delete(place.parse(request.params).day)
    return reply.code(204).send()
  })
  server.get('/control/official-rates', () => ({
    days: [...days].map(([day, what]) => ({ day, ...what })),
  }))
}
