import type { ExchangeClient } from '../http/client.ts'
import type { Purpose } from '../http/gate.ts'
import type { Answer } from '../http/send.ts'
import type { CallLimit } from '../port.ts'
import { timeLeft, windowWithin } from '../time-left.ts'
import { type BinanceSigner, encodeParameters, type Parameters } from './sign.ts'

/** How Binance is called: with a signed query, or without a key for what is public. */
export type BinanceLine = {
  readonly client: ExchangeClient
  readonly sign: BinanceSigner
  /** The longest validity that a request may have. */
  readonly receiveWindowMs: number
}

type Call = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly parameters: Parameters
  readonly purpose: Purpose
}

/** One signed call. The exchange must not execute what we no longer wait for, so its window ends with our wait. */
export function callSigned(
  { client, sign, receiveWindowMs }: BinanceLine,
  { method, path, parameters, purpose }: Call,
  limit: CallLimit,
): Promise<Answer> {
  return client.call(purpose, timeLeft(limit), () => {
    const { query, headers } = sign(parameters, windowWithin(receiveWindowMs, limit))
    return { method, path: `${path}?${query}`, headers }
  })
}

/** One call for what Binance tells everybody. */
export function callPublic(
  { client }: Pick<BinanceLine, 'client'>,
  { path, parameters }: Pick<Call, 'path' | 'parameters'>,
  { timeoutMs }: CallLimit,
): Promise<Answer> {
  return client.call('look_up', timeoutMs, () => ({
    method: 'GET',
    path: `${path}?${encodeParameters(parameters)}`,
    headers: {},
  }))
}
