import type { Answer, ExchangeRequest } from '../call.ts'
import type { SandboxConfig } from '../config.ts'
import { type Credentials, isSignedBy, type KnownKey } from '../credentials.ts'
import { createRateWindow, type RateWindow } from '../rate-windows.ts'
import { createAddressBans } from './address-bans.ts'
import { binanceError, malformed, tooMuchWeight } from './answers.ts'

/** What a call costs, and against which of Binance's windows. */
export type Cost = {
  readonly path: string
  readonly weight: number
  readonly by: 'uid' | 'sapi_ip' | 'api_ip'
}

/** A request that may go on. */
export type Admitted = {
  readonly params: URLSearchParams
  readonly key: KnownKey
  readonly headers: Readonly<Record<string, string>>
  /** The time rule again, as before the matching engine. */
  recheck(): Answer | undefined
}

/** Binance's checks before it looks at a request's meaning: weight, key, time window, signature, in this order. */
export type Gate = {
  signed(request: ExchangeRequest, cost: Cost): Answer | Admitted
  open(request: ExchangeRequest, cost: Cost): Answer | Pick<Admitted, 'params' | 'headers'>
}

const HEADER_OF = {
  uid: 'x-sapi-used-uid-weight-1m',
  sapi_ip: 'x-sapi-used-ip-weight-1m',
  api_ip: 'x-mbx-used-weight-1m',
} as const

export function createGate(deps: {
  config: SandboxConfig
  credentials: Credentials
  now: () => number
}): Gate {
  const { config, credentials, now } = deps
  const perMinute = (limit: number) => createRateWindow({ limit, windowMs: 60_000, now })
  const windows = {
    uid: perMinute(config.SANDBOX_BINANCE_UID_WEIGHT_PER_MINUTE),
    sapi_ip: perMinute(config.SANDBOX_BINANCE_SAPI_IP_WEIGHT_PER_MINUTE),
    api_ip: perMinute(config.SANDBOX_BINANCE_API_WEIGHT_PER_MINUTE),
  }
  const refusalsMax = config.SANDBOX_BINANCE_REFUSALS_BEFORE_BAN
  const bans = createAddressBans({ refusalsMax, now })
  const spendAt = (request: ExchangeRequest, cost: Cost, caller: string) => {
    const spent = spend(windows[cost.by], caller, cost)
    // Of /sapi it is documented that no ban follows.
    if (spent.refusal === undefined || cost.by !== 'api_ip') return spent
    return { ...spent, refusal: bans.count(request.remote, spent.resetsAt) ?? spent.refusal }
  }

  return {
    open: (request, cost) => {
      const banned = bans.check(request.remote)
      if (banned !== undefined) return banned
      const caller = cost.by === 'api_ip' ? request.remote : cost.path
      const spent = spendAt(request, cost, caller)
      if (spent.refusal !== undefined) return spent.refusal
      return { params: new URLSearchParams(request.query), headers: spent.headers }
    },
    signed: (request, cost) => {
      const banned = bans.check(request.remote)
      if (banned !== undefined) return banned
      const apiKey = request.header('x-mbx-apikey')
      const key = credentials.find('binance', apiKey)
      if (key === undefined) return unknownKey(apiKey)
      // All keys are the master's, so they share one UID; each /sapi endpoint has a window of its own.
      const caller = cost.by === 'api_ip' ? request.remote : cost.path
      const spent = spendAt(request, cost, caller)
      if (spent.refusal !== undefined) return spent.refusal
      const signed = splitSignature(request)
      if (signed === undefined) return malformed('signature')
      const params = new URLSearchParams(signed.parameters)
      const recheck = () => checkWindow(params, now())
      return (
        recheck() ?? checkSignature(key, signed) ?? { params, key, headers: spent.headers, recheck }
      )
    },
  }
}

function unknownKey(apiKey: string): Answer {
  if (apiKey === '') return binanceError(401, -2014, 'API-key format invalid.')
  return binanceError(401, -2015, 'Invalid API-key, IP, or permissions for action.')
}

function checkSignature(key: KnownKey, signed: Signed): Answer | undefined {
  if (isSignedBy(key.hmacKey, signed.payload, signed.signature)) return undefined
  return binanceError(400, -1022, 'Signature for this request is not valid.')
}

function spend(window: RateWindow, caller: string, cost: Cost) {
  const usage = window.use(caller, cost.weight)
  const headers = { [HEADER_OF[cost.by]]: String(usage.used) }
  const { resetsAt } = usage
  if (usage.passes) return { headers, resetsAt, refusal: undefined }
  const refusal = tooMuchWeight(usage.resetsInMs)
  return { headers, resetsAt, refusal: { ...refusal, headers: { ...refusal.headers, ...headers } } }
}

/** What was signed: the query and the body put together with nothing between them, without the signature itself. */
type Signed = { readonly payload: string; readonly parameters: string; readonly signature: string }

/**
 * Takes the signature off the end of the body or, when the body has none, off the end of the query. A parameter that
 * stands in both is read from the query, so the query comes first in `parameters`.
 */
export function splitSignature(request: {
  readonly query: string
  readonly body: string
}): Signed | undefined {
  const inBody = cutSignature(request.body)
  const inQuery = inBody === undefined ? cutSignature(request.query) : undefined
  const signature = (inBody ?? inQuery)?.signature
  if (signature === undefined) return undefined
  const query = inQuery?.rest ?? request.query
  const body = inBody?.rest ?? request.body
  return { payload: query + body, parameters: `${query}&${body}`, signature }
}

function cutSignature(text: string): { rest: string; signature: string } | undefined {
  const at = text.lastIndexOf('signature=')
  if (at < 0 || (at > 0 && text[at - 1] !== '&')) return undefined
  return { rest: text.slice(0, Math.max(0, at - 1)), signature: text.slice(at + 10) }
}

/** `timestamp < serverTime + 1000 && serverTime - timestamp <= recvWindow`; recvWindow is 5000, at most 60000. */
function checkWindow(params: URLSearchParams, serverTime: number): Answer | undefined {
  const sent = params.get('timestamp') ?? ''
  if (!/^\d{1,16}$/.test(sent)) return malformed('timestamp')
  // Sixteen digits are microseconds (X-MBX-TIME-UNIT).
  const timestamp = sent.length === 16 ? Number(sent) / 1_000 : Number(sent)
  const window = params.get('recvWindow') ?? '5000'
  if (!/^\d{1,5}(\.\d{1,3})?$/.test(window) || Number(window) > 60_000)
    return malformed('recvWindow')
  if (timestamp >= serverTime + 1_000) {
    return binanceError(
      400,
      -1021,
      "Timestamp for this request was 1000ms ahead of the server's time.",
    )
  }
  if (serverTime - timestamp > Number(window)) {
    return binanceError(400, -1021, 'Timestamp for this request is outside of the recvWindow.')
  }
  return undefined
}
