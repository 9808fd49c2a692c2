import { addProbes, type Readiness } from '@tolem/telemetry/admin'
import type { WireAnswer } from '@tolem/wire/problem'
import { PROBLEMS, problem } from '@tolem/wire/problem'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import { type AuthorizePorts, authorize } from './authorize.ts'
import type { CallReport } from './call-report.ts'
import type { Verified } from './callers.ts'
import { toProblem } from './faults.ts'
import { inTime } from './in-time.ts'
import type { Message } from './message.ts'
import { type Observation, observed, serverTiming, startObservation } from './observe.ts'
import type { Call, Route } from './route.ts'

/** The largest body that any call needs is under 2 KiB. */
const LARGEST_BODY = 16_384

/** What the server is joined with. */
export type ServerPorts = {
  /** The path of an authorization, and of an increment: it is read otherwise, and decided the same way. */
  readonly authorize: AuthorizePorts
  readonly increment: AuthorizePorts
  /** Every other call. */
  readonly routes: readonly Route[]
  readonly verify: (message: Message) => Verified
  readonly now: () => number
  readonly monotonicNow: () => number
  readonly readiness: () => Readiness
  /** Told of every authorization and increment when its answer is about to leave. */
  readonly onAuthorization: (observation: Observation, answer: WireAnswer, ms: number) => void
  /** Told of every other call when its answer is about to leave. */
  readonly onCall: CallReport
  /** Told of what nobody expected. */
  readonly onMistake: (error: unknown) => void
}

/** When each request arrived, on the monotonic clock. */
type Arrivals = WeakMap<FastifyRequest, number>

/**
 * The bank API over HTTP; not yet listening. Bodies stay bytes until their signature is verified, so there is one
 * parser and no content type that goes around it (CVE-2025-32442 and its three successors).
 */
export function createServer(ports: ServerPorts): FastifyInstance {
  const arrivals: Arrivals = new WeakMap()
  const server = fastify({
    logger: false,
    bodyLimit: LARGEST_BODY,
    requestTimeout: 5_000,
    connectionTimeout: 10_000,
    keepAliveTimeout: 72_000,
    // What still arrives on an open connection while we close is decided like the rest: Fastify's own 503 is no problem
    // that we document, and it names no response code.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 128 },
  })
  server.addHook('onRequest', (request, _reply, done) => {
    arrivals.set(request, ports.monotonicNow())
    done()
  })
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  )
  server.setErrorHandler((error, _request, reply) => {
    const { answer, isOurs } = toProblem(error)
    if (isOurs) ports.onMistake(error)
    return send(reply, answer)
  })
  server.setNotFoundHandler((_request, reply) => send(reply, problem('not_found')))
  addProbes(server, ports.readiness)
  addRoutes(server, ports, arrivals)
  refuseOtherMethods(server)
  return server
}

/** What each address takes; every other method is a 405 that says so, as RFC 9110 asks. */
const METHODS_TAKEN = {
  '/v1/authorizations': ['GET', 'HEAD', 'POST'],
  '/v1/authorizations/:id': ['GET', 'HEAD'],
  '/v1/increments': ['POST'],
  '/v1/advices': ['POST'],
  '/v1/reversals': ['POST'],
  '/v1/clearings': ['POST'],
  '/v1/refunds': ['POST'],
  '/v1/balance-inquiries': ['POST'],
  '/v1/cards/:cardToken': ['GET', 'HEAD', 'PUT'],
  '/v1/cards/:cardToken/status': ['PUT'],
  '/v1/cards/:cardToken/controls': ['PUT'],
  '/v1/cards/:cardToken/wallet-link': ['PUT'],
  '/v1/rates': ['GET', 'HEAD'],
  '/v1/banks/me': ['GET', 'HEAD'],
  '/v1/echo': ['POST'],
} as const

function refuseOtherMethods(server: FastifyInstance): void {
  for (const [url, taken] of Object.entries(METHODS_TAKEN)) {
    const others = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter(
      (method) => !(taken as readonly string[]).includes(method),
    )
    server.route({
      method: others,
      url,
      handler: (_request, reply) =>
        send(reply.header('allow', taken.join(', ')), problem('method_not_allowed')),
    })
  }
}

function addRoutes(server: FastifyInstance, ports: ServerPorts, arrivals: Arrivals): void {
  const toMessage = (request: FastifyRequest): Message => ({
    method: request.method,
    path: request.raw.url ?? '',
    headers: request.headers,
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    arrivedAt: arrivals.get(request) ?? ports.monotonicNow(),
    receivedAt: ports.now(),
  })

  for (const [url, path] of [
    ['/v1/authorizations', ports.authorize],
    ['/v1/increments', ports.increment],
  ] as const)
    server.post(url, (request, reply) =>
      answerAuthorization(ports, path, { message: toMessage(request), reply }),
    )
  for (const route of ports.routes)
    server.route<{ Params: Record<string, string> }>({
      method: route.method,
      url: route.url,
      handler: (request, reply) =>
        answerCall(ports, route, { message: toMessage(request), request, reply }),
    })
  server.get<{ Params: { name: string } }>('/problems/:name', (request, reply) => {
    const { name } = request.params
    return Object.hasOwn(PROBLEMS, name)
      ? reply.send({ problem: name, ...PROBLEMS[name as keyof typeof PROBLEMS] })
      : send(reply, problem('not_found'))
  })
}

async function answerAuthorization(
  ports: ServerPorts,
  path: AuthorizePorts,
  { message, reply }: { readonly message: Message; readonly reply: FastifyReply },
): Promise<FastifyReply> {
  const observation = startObservation()
  const observedPorts = observed(path, observation, ports.monotonicNow)
  const answer = await authorize(observedPorts, message).catch(toAnswer(ports))
  const ms = ports.monotonicNow() - message.arrivedAt
  ports.onAuthorization(observation, answer, ms)
  reply.header('server-timing', serverTiming(observation, ms))
  return send(reply, answer)
}

/**
 * Verifies, asks the route, and tells the report what came of it. What hangs is answered inside the deadline; what was
 * asked for may then still be done, and a repeat finds it.
 */
async function answerCall(
  ports: ServerPorts,
  route: Route,
  { message, request, reply }: Exchange,
): Promise<FastifyReply> {
  const verified = ports.verify(message)
  const answer = verified.ok
    ? await answerInTime(ports, route, { ...verified, message, parameters: request.params })
    : verified.answer
  const ms = ports.monotonicNow() - message.arrivedAt
  const bank = verified.ok ? verified.caller.id : undefined
  ports.onCall({ call: route.name, bank, answer, ms })
  if (route.method === 'POST') reply.header('server-timing', serverTiming({ stages: [] }, ms))
  return send(reply, answer)
}

async function answerInTime(ports: ServerPorts, route: Route, call: Call): Promise<WireAnswer> {
  const answering = Promise.try(() => route.answer(call)).catch(toAnswer(ports))
  const answer = await inTime(answering, call.deadline, ports.monotonicNow())
  return answer ?? problem('no_answer_in_time')
}

type Exchange = {
  readonly message: Message
  readonly request: { readonly params: Readonly<Record<string, string>> }
  readonly reply: FastifyReply
}

/** What a bank is told of a fault; what is nobody's but ours is told to us as well. */
function toAnswer(ports: Pick<ServerPorts, 'onMistake'>): (error: unknown) => WireAnswer {
  return (error) => {
    const { answer, isOurs } = toProblem(error)
    if (isOurs) ports.onMistake(error)
    return answer
  }
}

/** The exact bytes of an answer: fastify must not serialise them again. */
function send(reply: FastifyReply, { status, contentType, body }: WireAnswer): FastifyReply {
  return reply.code(status).type(contentType).send(body)
}
