import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { calm, play, SCENARIOS } from '../scenarios/scenarios.ts'
import { type ControlDeps, exchangeName } from './control-deps.ts'

const place = z.strictObject({ exchange: exchangeName, name: z.string() })
const exchangeOnly = z.strictObject({ exchange: exchangeName })

/** Adds named scenarios: what there is, play one at an exchange, and calm the exchange down again. */
export function addScenarioControl(server: FastifyInstance, deps: ControlDeps): void {
  server.get('/control/scenarios', () => ({
    scenarios: SCENARIOS.map(({ name, description }) => ({ name, description })),
  }))
  server.post('/control/scenarios/:exchange/:name', (request, reply) => {
    const { exchange, name } = place.parse(request.params)
    const scenario = SCENARIOS.find((one) => one.name === name)
    if (scenario === undefined) {
      const known = SCENARIOS.map((one) => one.name).join(', ')
      return reply.code(404).send({ mistakes: [`no scenario ${name}; there are: ${known}`] })
    }
    play(scenario, exchange, deps)
    return reply.code(204).send()
  })
  server.delete('/control/scenarios/:exchange', (request, reply) => {
    calm(exchangeOnly.parse(request.params).exchange, deps)
    return reply.code(204).send()
  })
}
