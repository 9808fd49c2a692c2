import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http'
import { addProbes, type Readiness } from '@tolem/telemetry/admin'
import type { WireAnswer } from '@tolem/wire/problem'
import { PROBLEMS, problem } from '@tolem/wire/problem'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import type { Admission } from './admission/admission.ts'
import { turnAway } from './admission/turn-away.ts'
import { type AuthorizePorts, authorize } from './authorize.ts'
import type { CallReport } from './call-report.ts'
import type { Verified } from './callers.ts'
import { toProblem } from './faults.ts'
import { inTime } from './in-time.ts'
import type { Message } from './message.ts'
import { type Observation, observed, serverTiming, startObservation } from './observe.ts'
import { createOneAtATime, type Turns } from './one-at-a-time.ts'
import { refuseOtherMethods } from './other-methods.ts'
import type { Call, Route } from './route.ts'
import { send } from './send.ts'
import { refuseUnreadable } from './unreadable.ts'

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
  readonly admission: Pick<Admission, 'turnsAway' | 'leave' | 'opened' | 'arrivedAt'>
  /** Connections that may be open at once; more are closed as they are made. */
  readonly mostConnections: number
  /** Is it time for banks to come by another connection, to another process? */
  readonly isDraining: () => boolean
  readonly readiness: () => Readiness
  /** Told of every authorization and increment when its answer is about to leave. */
  readonly onAuthorization: (observation: Observation, answer: WireAnswer, ms: number) => void
  /** Told of every other call when its answer is about to leave. */
  readonly onCall: CallReport
  /** Told of what nobody expected. */
  readonly onMistake: (error: unknown) => void
}

/** How long a sender may take for all of a request. */
const LONGEST_REQUEST_MS = 5_000

/** How long a connection may do nothing, between two requests and during one. */
const KEPT_ALIVE_MS = 72_000
const LONGEST_SILENCE_MS = 10_000

/**
 * Node looks for late senders every half minute, and while headers may take longer than requests (a minute) it does not
 * see that a body does.
 */
const TIMEOUTS = {
  requestTimeout: LONGEST_REQUEST_MS,
  headersTimeout: LONGEST_REQUEST_MS,
  connectionsCheckingInterval: 1_000,
}

/** How the problem is named in an answer. */
const NO_ANSWER_IN_TIME = '/problems/no_answer_in_time'

/** The calls that are decided by `authorize`. */
const DECIDED = [
  { method: 'POST', url: '/v1/authorizations', path: 'authorize' },
  { method: 'POST', url: '/v1/increments', path: 'increment' },
] as const

/** When each request may have arrived, on the monotonic clock. */
type Arrivals = WeakMap<IncomingMessage, number>

/** What is known of the connections. */
type Connections = { readonly arrivals: Arrivals; readonly turns: Turns }

/**
 * The bank API over HTTP; not yet listening. Bodies stay bytes until their signature is verified, so there is one
 * parser and no content type that goes around it (CVE-2025-32442 and its three successors).
 */
export function createServer(ports: ServerPorts): FastifyInstance {
  const arrivals: Arrivals = new WeakMap()
  const turns = createOneAtATime()
  const refuse = (error: unknown, _request: unknown, reply: FastifyReply) =>
    send(reply, toAnswer(ports)(error))
  const server = fastify({
    logger: false,
    bodyLimit: LARGEST_BODY,
    // Paths that no route is looked up for: Fastify itself would repeat them, whatever number stands in them.
    frameworkErrors: (error, request, reply) => void refuse(error, request, reply),
    serverFactory: (handler) => createHttp({ ...ports, arrivals, turns }, handler),
    clientErrorHandler(error, socket) {
      // What comes behind a message changes nothing of it: its sender would take a refusal for the decision.
      if (error.code !== 'ECONNRESET' && turns.endAfterAnswer(socket)) return
      refuseUnreadable(error, socket, ports.monotonicNow() - ports.admission.arrivedAt(socket))
    },
    // What still arrives on an open connection while we close is decided like the rest: Fastify's own 503 is no problem
    // that we document, and it names no response code.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 128 },
  })
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  )
  server.setErrorHandler(refuse)
  server.setNotFoundHandler((_request, reply) => send(reply, problem('not_found')))
  addProbes(server, ports.readiness)
  addRoutes(server, ports, arrivals)
  refuseOtherMethods(server, [...ports.routes, ...DECIDED])
  return server
}

/** What has no room is turned away here: not even a route has been looked up for it. */
function createHttp(
  { admission, arrivals, turns, ...ports }: ServerPorts & Connections,
  handler: RequestListener,
): Server {
  const server = createHttpServer(TIMEOUTS, (request, response) => {
    if (turns.isAhead(request, response)) return
    const arrivedAt = admission.arrivedAt(request.socket)
    const why = admission.turnsAway(request, arrivedAt)
    if (why !== undefined) return turnAway(response, why)
    arrivals.set(request, arrivedAt)
    if (ports.isDraining()) response.setHeader('connection', 'close')
    handler(request, response)
  })
  server.on('connection', admission.opened)
  server.keepAliveTimeout = KEPT_ALIVE_MS
  server.maxConnections = ports.mostConnections
  return server.setTimeout(LONGEST_SILENCE_MS)
}

function addRoutes(server: FastifyInstance, ports: ServerPorts, arrivals: Arrivals): void {
  const toMessage = (request: FastifyRequest): Message => ({
    method: request.method,
    path: request.raw.url ?? '',
    headers: request.headers,
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    arrivedAt: arrivals.get(request.raw) ?? ports.monotonicNow(),
    receivedAt: ports.now(),
  })

  for (const { url, path } of DECIDED)
    server.post(url, (request, reply) =>
      answerAuthorization(ports, ports[path], { message: toMessage(request), reply }),
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
  // Known once the signature held and there was room.
  const { bank } = observation.facts
  if (bank !== undefined) ports.admission.leave(bank, isLate(answer))
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
  if (verified.ok) ports.admission.leave(verified.caller.id, isLate(answer))
  const ms = ports.monotonicNow() - message.arrivedAt
  const bank = verified.ok ? verified.caller.id : undefined
  ports.onCall({ call: route.name, bank, answer, ms })
  if (route.method === 'POST') reply.header('server-timing', serverTiming({ stages: [] }, ms))
  return send(reply, answer)
}

/** A route's answer inside the deadline, whatever it does. */
export async function answerInTime(
  ports: Pick<ServerPorts, 'onMistake' | 'monotonicNow'>,
  route: Route,
  call: Call,
): Promise<WireAnswer> {
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
export function toAnswer(ports: Pick<ServerPorts, 'onMistake'>): (error: unknown) => WireAnswer {
  return (error) => {
    const { answer, isOurs } = toProblem(error)
    if (isOurs) ports.onMistake(error)
    return answer
  }
}

function isLate({ status, body }: WireAnswer): boolean {
  return status === 503 && body.includes(NO_ANSWER_IN_TIME)
}
