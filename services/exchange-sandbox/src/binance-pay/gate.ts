import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { z } from 'zod'
import type { Answer, ExchangeRequest } from '../call.ts'
import type { Credentials } from '../credentials.ts'
import { readExactly } from '../raw-json.ts'
import { type PayRefusal, payRefusal } from './answers.ts'

/** "Binance pay only process request within 1s" (its common rules); there is no window to ask for. */
const WINDOW_MS = 1_000

/** Checks key, time and signature of a request, then reads its body by a schema. */
export type PayGate = {
  admit<Output>(
    request: ExchangeRequest,
    schema: z.ZodType<Output>,
  ): Answer | { readonly asked: Output }
}

export function createPayGate(deps: { credentials: Credentials; now: () => number }): PayGate {
  return {
    admit: (request, schema) => {
      const refusal = checkSigned(request, deps)
      if (refusal !== undefined) return payRefusal(refusal)
      const body = readExactly(request.body)
      if (typeof body !== 'object' || body === null) return payRefusal('body')
      const read = schema.safeParse(body)
      if (read.success) return { asked: read.data }
      const issue = read.error.issues[0]
      return payRefusal(refusalOf(issue), issue?.path.join('.'))
    },
  }
}

/** What is signed, in both directions: each of three parts on a line of its own. */
export function signedText(timestamp: string, nonce: string, body: string): string {
  return `${timestamp}\n${nonce}\n${body}\n`
}

/** Is `signature` the HMAC-SHA512 of the payload as hex in upper case? Compared in constant time. */
export function isPaySigned(key: KeyObject, payload: string, signature: string): boolean {
  const expected = createHmac('sha512', key).update(payload).digest('hex').toUpperCase()
  const given = Buffer.from(signature)
  return given.length === expected.length && timingSafeEqual(given, Buffer.from(expected))
}

function checkSigned(
  request: ExchangeRequest,
  deps: { credentials: Credentials; now: () => number },
): PayRefusal | undefined {
  const serial = request.header('binancepay-certificate-sn')
  if (serial === '') return 'key_format'
  const key = deps.credentials.find('binance', serial)
  if (key === undefined) return 'key'
  const timestamp = request.header('binancepay-timestamp')
  if (!/^\d{13}$/.test(timestamp)) return 'timestamp'
  if (Math.abs(deps.now() - Number(timestamp)) > WINDOW_MS) return 'timestamp'
  const nonce = request.header('binancepay-nonce')
  if (!/^[A-Za-z0-9]{32}$/.test(nonce)) return 'signature'
  const payload = signedText(timestamp, nonce, request.body)
  const signature = request.header('binancepay-signature')
  return isPaySigned(key.hmacKey, payload, signature) ? undefined : 'signature'
}

/** How each mistake of form is worded; any other is a wrong value. */
const REFUSALS: Readonly<Partial<Record<z.core.$ZodIssue['code'], PayRefusal>>> = {
  invalid_type: 'missing',
  too_small: 'missing',
  too_big: 'length',
  invalid_format: 'character',
}

function refusalOf(issue: z.core.$ZodIssue | undefined): PayRefusal {
  return (issue && REFUSALS[issue.code]) ?? 'value'
}
