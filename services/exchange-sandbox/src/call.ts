import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { CallCounts } from './call-counts.ts'
import { type Clock, pause } from './clock.ts'
import type { Exchange } from './coins.ts'
import type { Fault, FaultOperation, Faults } from './faults.ts'
import { createRandom } from './random.ts'

/** An HTTP answer, ready to send. */
export type Answer = {
  readonly status: number
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** A call that passed the exchange's gate and is understood. */
export type Call = {
  readonly operation: FaultOperation
  readonly wallet?: string
  /** Headers that every answer carries, refusals by faults included. */
  readonly headers: Readonly<Record<string, string>>
  /** How this endpoint words failures, where it differs from its exchange. */
  readonly failures?: Pick<Failures, 'serverError' | 'tooManyRequests'>
  /** The gate's checks of time, made again after a delay. */
  recheck?(): Answer | undefined
  /** Does it. `fault` is the fault that changes what is done or said, if one does. */
  run(fault: Fault | undefined): Answer | Promise<Answer>
}

/** Answers a request at once (the gate refused it) or names the call to make. */
export type Endpoint = (request: ExchangeRequest) => Answer | Call

/** What an exchange sees of a request. `target` (path and query), `query` and `body` are exactly the bytes sent. */
export type ExchangeRequest = {
  readonly method: string
  readonly target: string
  readonly query: string
  readonly body: string
  readonly remote: string
  header(name: string): string
}

/** How one exchange words the failures that are no business answers. */
export type Failures = {
  serverError(): Answer
  tooManyRequests(operation: FaultOperation, retryAfterMs: number): Answer
  banned(retryAfterMs: number): Answer
  /** A body that is too large or of a type that the exchange does not take. */
  unreadable(): Answer
}

/** Runs an exchange's endpoints over HTTP, with its bans and faults. */
export type Exposure = {
  handler(endpoint: Endpoint): (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>
  /** Answers what never reached an endpoint, or broke in one. */
  refuseUnreadable(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply
}

/** What becomes of a call: an answer, none for ever, or a connection cut. */
type Outcome = Answer | 'silence' | 'reset'

type Decided = { readonly outcome: Outcome; readonly headers: Call['headers'] }

/** Exchanges that banned us stay closed for this long when a fault does not say: the shortest documented ban. */
const BAN_MS = 120_000

export function createExposure(deps: {
  exchange: Exchange
  failures: Failures
  faults: Faults
  clock: Clock
  seed: number
  counts: CallCounts
  onFault: (fault: Fault) => void
  onError: (error: unknown) => void
}): Exposure {
  const { exchange, failures, faults, clock } = deps
  const random = createRandom(deps.seed, `garbage/${exchange}`)
  let bannedUntil = 0

  /** What a fault makes of a call before it is run; undefined when the call is run. */
  const prevent = (fault: Fault, call: Call): Outcome | undefined => {
    if (fault.kind === 'timeout_before') return 'silence'
    if (fault.kind === 'reset_before') return 'reset'
    const words = call.failures ?? failures
    if (fault.kind === 'error_5xx_before') return words.serverError()
    if (fault.kind === 'too_many_requests') {
      return words.tooManyRequests(call.operation, fault.delayMs || 1_000)
    }
    return fault.kind === 'ban' ? ban(fault) : undefined
  }
  const ban = (fault: Fault): Answer => {
    const banMs = fault.delayMs || BAN_MS
    bannedUntil = clock.now() + banMs
    faults.lift((each) => each === fault)
    return failures.banned(banMs)
  }
  const runWith = async (fault: Fault, call: Call): Promise<Outcome> => {
    deps.onFault(fault)
    const prevented = prevent(fault, call)
    if (prevented !== undefined) return prevented
    if (fault.kind !== 'delay') return spoil(fault, call, await call.run(fault))
    await pause(clock, fault.delayMs)
    return call.recheck?.() ?? call.run(undefined)
  }

  const spoil = (fault: Fault, call: Call, answer: Answer): Outcome => {
    if (fault.kind === 'timeout_after') return 'silence'
    if (fault.kind === 'reset_after') return 'reset'
    if (fault.kind === 'error_5xx_after') return (call.failures ?? failures).serverError()
    if (fault.kind === 'garbage') return garbage(answer, random() < 0.5)
    return answer
  }

  const decide = async (endpoint: Endpoint, request: ExchangeRequest): Promise<Decided> => {
    const waitMs = bannedUntil - clock.now()
    if (waitMs > 0) return { outcome: failures.banned(waitMs), headers: {} }
    const call = endpoint(request)
    if ('status' in call) return { outcome: call, headers: {} }
    const { operation, wallet, headers } = call
    const fault = faults.strike({
      exchange,
      operation,
      ...(wallet === undefined ? {} : { wallet }),
    })
    const outcome = fault === undefined ? call.run(undefined) : runWith(fault, call)
    return { outcome: await outcome, headers }
  }

  return {
    handler: (endpoint) => async (request, reply) => {
      const place = `${request.method} ${request.routeOptions.url}`
      deps.counts.came(exchange, place, clock.now())
      const counted = counting(endpoint, () => deps.counts.throttled(place))
      const { outcome, headers } = await decide(counted, readRequest(request))
      if (outcome !== 'silence' && outcome !== 'reset') return send(reply, outcome, headers)
      reply.hijack()
      if (outcome === 'reset') request.raw.socket.resetAndDestroy()
      return reply
    },
    refuseUnreadable: (error, _request, reply) => {
      if ((error.statusCode ?? 500) < 500) return send(reply, failures.unreadable(), {})
      deps.onError(error)
      return send(reply, failures.serverError(), {})
    },
  }
}

function counting(endpoint: Endpoint, onTooFast: () => void): Endpoint {
  return (request) => {
    const call = endpoint(request)
    if ('status' in call && isTooFast(call)) onTooFast()
    return call
  }
}

/** How the exchanges' gates say that calls come too fast. Bybit's V5 says it with 200. */
function isTooFast({ status, body }: Answer): boolean {
  return status === 429 || status === 418 || body.startsWith('{"retCode":10006,')
}

function readRequest(request: FastifyRequest): ExchangeRequest {
  const url = request.raw.url ?? ''
  const mark = url.indexOf('?')
  return {
    method: request.method,
    target: url,
    query: mark < 0 ? '' : url.slice(mark + 1),
    body: typeof request.body === 'string' ? request.body : '',
    remote: request.raw.socket.remoteAddress ?? '',
    header: (name) => {
      const value = request.headers[name]
      return typeof value === 'string' ? value : ''
    },
  }
}

function send(reply: FastifyReply, answer: Answer, headers: Call['headers']): FastifyReply {
  return reply.code(answer.status).headers(headers).headers(answer.headers).send(answer.body)
}

/** What a broken proxy makes of an answer: a page of HTML, or JSON cut in the middle. */
function garbage(answer: Answer, isHtml: boolean): Answer {
  if (!isHtml) return { ...answer, body: answer.body.slice(0, Math.ceil(answer.body.length / 2)) }
  return {
    status: 200,
    headers: { 'content-type': 'text/html' },
    body: '<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>',
  }
}

/** JSON as the exchanges send it. */
export const JSON_HEADERS = { 'content-type': 'application/json;charset=utf-8' } as const
