import { type FastifyInstance, type FastifyReply, fastify } from 'fastify'
import type { TakeNotice } from './take-notice.ts'

/** No documented notice comes near it. */
const LARGEST_BODY = 32_768
const LARGEST_HEADERS = 8_192

/** Exchanges send a handful at once; what nobody authenticated yet gets no more than this. */
const MOST_CONNECTIONS = 256

/** How long a sender may take for all of a request. */
const LONGEST_REQUEST_MS = 5_000

/**
 * Node looks for late senders every half minute, and while headers may take longer than requests (a minute) it does not
 * see that a body does.
 */
const TIMEOUTS = { headersTimeout: LONGEST_REQUEST_MS, connectionsCheckingInterval: 1_000 }

/**
 * Where exchanges send their notices, apart from what banks and operators reach; not yet listening. Bodies stay bytes,
 * because the signature is over them. A sender learns nothing but a status.
 */
export function createNoticeServer(take: TakeNotice): FastifyInstance {
  const server = fastify({
    logger: false,
    bodyLimit: LARGEST_BODY,
    requestTimeout: LONGEST_REQUEST_MS,
    connectionTimeout: 10_000,
    keepAliveTimeout: 5_000,
    routerOptions: { maxParamLength: 32 },
    http: { maxHeaderSize: LARGEST_HEADERS, requestTimeout: LONGEST_REQUEST_MS, ...TIMEOUTS },
  })
  server.server.maxConnections = MOST_CONNECTIONS
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  )
  server.setErrorHandler<{ readonly statusCode?: number }>(
    ({ statusCode = 500 }, _request, reply) => silence(reply, statusCode),
  )
  server.setNotFoundHandler((_request, reply) => silence(reply, 404))
  server.post<{ Params: { exchange: string; rail: string } }>(
    '/notices/:exchange/:rail',
    async ({ params, headers, body }, reply) => {
      const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0)
      const { status, contentType, body: answer } = await take({ ...params, headers, body: bytes })
      return reply.code(status).type(contentType).send(answer)
    },
  )
  return server
}

function silence(reply: FastifyReply, status: number): FastifyReply {
  return reply.code(status).type('text/plain').send('')
}
