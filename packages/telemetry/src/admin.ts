import { type FastifyInstance, fastify } from 'fastify'
import type { Metrics } from './metrics.ts'

/** Is the service able to do its work now? `reasons` says what is missing, for the person who looks. */
export type Readiness = { readonly ready: boolean; readonly reasons: readonly string[] }

/** Adds `/livez` and `/readyz` to a server: alive says the event loop turns, ready says "send me work". */
export function addProbes(server: FastifyInstance, readiness: () => Readiness): void {
  server.get('/livez', () => ({ status: 'alive' }))
  server.get('/readyz', (_request, reply) => {
    const state = readiness()
    return reply.code(state.ready ? 200 : 503).send(state)
  })
}

/** The operators' own port of a service: probes and `/metrics`, apart from what banks reach. Not yet listening. */
export function createAdminServer(options: {
  metrics: Metrics
  readiness: () => Readiness
}): FastifyInstance {
  const server = fastify({ logger: false, requestTimeout: 5_000 })
  addProbes(server, options.readiness)
  server.get('/metrics', async (_request, reply) => {
    const page = await options.metrics.expose()
    return reply.type(page.contentType).send(page.text)
  })
  return server
}
