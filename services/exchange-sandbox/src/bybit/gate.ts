import type { Answer, ExchangeRequest } from '../call.ts'
import { type Credentials, isSignedBy, type KnownKey } from '../credentials.ts'
import type { RateWindow } from '../rate-windows.ts'
import { payRefusal, payTooMany } from './answers.ts'

/** The fields of a Bybit Pay request: a JSON body or a query. */
export type Fields = Readonly<Record<string, unknown>>

/** Checks key, time and signature of a Bybit Pay request; undefined when all are right. */
export function checkSigned(
  request: ExchangeRequest,
  deps: { credentials: Credentials; now: () => number },
): Answer | undefined {
  const signer = findSigner(request, deps)
  return typeof signer === 'string' ? payRefusal(signer) : undefined
}

/** Who signed a request, by Bybit's rule for all its products; or what is wrong with key, time or signature. */
export function findSigner(
  request: ExchangeRequest,
  deps: { credentials: Credentials; now: () => number },
): KnownKey | 'key' | 'timestamp' | 'signature' {
  const apiKey = request.header('x-bapi-api-key')
  const key = deps.credentials.find('bybit', apiKey)
  if (key === undefined) return 'key'
  const timestamp = request.header('x-bapi-timestamp')
  const recvWindow = request.header('x-bapi-recv-window')
  if (!isInsideWindow(timestamp, recvWindow, deps.now())) return 'timestamp'
  const payload = `${timestamp}${apiKey}${recvWindow}${request.body || request.query}`
  return isSignedBy(key.hmacKey, payload, request.header('x-bapi-sign')) ? key : 'signature'
}

/** `server_time - recv_window <= timestamp < server_time + 1000`; the window is 5000 unless said. */
function isInsideWindow(timestamp: string, recvWindow: string, serverTime: number): boolean {
  if (!/^\d{13}$/.test(timestamp) || !/^\d{0,6}$/.test(recvWindow)) return false
  const window = recvWindow === '' ? 5_000 : Number(recvWindow)
  const sent = Number(timestamp)
  return serverTime - window <= sent && sent < serverTime + 1_000
}

/** Reads a JSON object; undefined when the body is none. */
export function readBody(body: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return isFields(value) ? value : undefined
  } catch {
    // What is no JSON is a parameter error, which the caller answers.
    return undefined
  }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The field's text, or an empty text when it is missing or no text. */
export function text(fields: Fields, name: string): string {
  const value = fields[name]
  return typeof value === 'string' ? value : ''
}

/** Spends one call of a limit per second: the answer to send when it is over, and the headers for every answer. */
export function spendOne(
  window: RateWindow,
  caller: string,
  refuse: (retryAfterMs: number) => Answer = payTooMany,
): { refusal: Answer | undefined; headers: Record<string, string> } {
  const usage = window.use(caller, 1)
  const headers = {
    'x-bapi-limit': String(window.limit),
    'x-bapi-limit-status': String(Math.max(0, window.limit - usage.used)),
    'x-bapi-limit-reset-timestamp': String(usage.resetsAt),
  }
  if (usage.passes) return { refusal: undefined, headers }
  const refusal = refuse(usage.resetsInMs)
  return { refusal: { ...refusal, headers: { ...refusal.headers, ...headers } }, headers }
}
