import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { addAgreementControl } from './agreements.ts'
import { addContractControl } from './contracts.ts'
import { type ControlDeps, exchangeName } from './control-deps.ts'
import { addConversionControl } from './conversions.ts'
import { addFaultControl } from './faults.ts'
import { addMovementControl } from './movements.ts'
import { addNoticeControl } from './notices.ts'
import { addOfficialRateControl } from './official-rates.ts'
import { addPriceControl } from './prices.ts'
import { addScenarioControl } from './scenarios.ts'
import { addTapeControl } from './tapes.ts'
import { addWalletControl } from './wallets.ts'

const credential = z.strictObject({
  exchange: exchangeName,
  apiKey: z.string().min(1).max(128),
  secret: z.string().min(1).max(256),
  restrictions: z.record(z.string(), z.json()).default({}),
})

const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1'])

/** Adds /control: credentials, wallets, movements, faults and prices. A wrong request gets 400 with its mistakes. */
export function addControl(server: FastifyInstance, deps: ControlDeps): void {
  server.addHook('onRequest', async (request, reply) => {
    if (!deps.isLoopbackOnly || LOOPBACK.has(request.raw.socket.remoteAddress ?? '')) return
    return reply.code(403).send({ mistakes: ['control is open to this machine only'] })
  })
  server.setErrorHandler((error, _request, reply) => {
    if (error instanceof z.ZodError) {
      const mistakes = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
      return reply.code(400).send({ mistakes })
    }
    throw error
  })
  server.put('/control/credentials', async (request, reply) => {
    await deps.credentials.put(credential.parse(request.body))
    return reply.code(204).send()
  })
  addWalletControl(server, deps)
  addAgreementControl(server, deps)
  addContractControl(server, deps)
  addMovementControl(server, deps)
  addConversionControl(server, deps)
  addNoticeControl(server, deps)
  addFaultControl(server, deps)
  addPriceControl(server, deps)
  addTapeControl(server, deps)
  addOfficialRateControl(server, deps)
  addScenarioControl(server, deps)
  server.get('/control/calls', () => ({
    calls: deps.counts.byExchange(),
    endpoints: deps.counts.byEndpoint(),
  }))
}
