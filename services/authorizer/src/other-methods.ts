import { problem } from '@tolem/wire/problem'
import type { FastifyInstance } from 'fastify'
import type { Route } from './route.ts'
import { send } from './send.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/**
 * Gives every address of these routes an answer to the methods that it does not take: a 405 that says which it does, as
 * RFC 9110 asks.
 */
export function refuseOtherMethods(
  server: FastifyInstance,
  routes: readonly Pick<Route, 'method' | 'url'>[],
): void {
  for (const [url, routesThere] of Map.groupBy(routes, (route) => route.url)) {
    // Fastify answers HEAD wherever it answers GET.
    const taken: readonly string[] = routesThere.flatMap(({ method }) =>
      method === 'GET' ? ['GET', 'HEAD'] : [method],
    )
    server.route({
      method: METHODS.filter((method) => !taken.includes(method)),
      url,
      handler: (_request, reply) =>
        send(reply.header('allow', taken.join(', ')), problem('method_not_allowed')),
    })
  }
}
