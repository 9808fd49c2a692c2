import type { ExchangeClient } from '../http/client.ts'
import type { Purpose } from '../http/gate.ts'
import type { Answer } from '../http/send.ts'
import type { CallLimit } from '../port.ts'
import { timeLeft, windowWithin } from '../time-left.ts'
import type { BybitSigner } from './sign.ts'

/** What every signed call to Bybit needs. */
export type BybitAccess = {
  readonly client: ExchangeClient
  readonly sign: BybitSigner
  readonly receiveWindowMs: number
}

/** One call; a query's values are sent as they stand, so whoever names one encodes what needs it. */
export type BybitCall = {
  readonly purpose: Purpose
  readonly path: string
  readonly limit: CallLimit
}

/** Reads something, signed over the query exactly as it is sent. */
export function bybitGet(
  access: BybitAccess,
  call: Omit<BybitCall, 'purpose'> & { readonly query: Readonly<Record<string, string>> },
): Promise<Answer> {
  const { path, query, limit } = call
  const text = Object.entries(query)
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
  return access.client.call('look_up', timeLeft(limit), () => ({
    method: 'GET',
    path: text ? `${path}?${text}` : path,
    headers: signed(access, text, limit),
  }))
}

/** Asks for something, signed over exactly this body. */
export function bybitPost(
  access: BybitAccess,
  call: BybitCall & { readonly body: string },
): Promise<Answer> {
  const { purpose, path, body, limit } = call
  return access.client.call(purpose, timeLeft(limit), () => ({
    method: 'POST',
    path,
    headers: { ...signed(access, body, limit), 'Content-Type': 'application/json' },
    body,
  }))
}

/** The exchange must not execute what we no longer wait for, so its window ends with our wait. */
function signed(access: BybitAccess, payload: string, limit: CallLimit) {
  return access.sign(payload, windowWithin(access.receiveWindowMs, limit))
}

/** The same parameters with their values percent-encoded. */
export function encoded(query: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, encodeURIComponent(value)]),
  )
}
