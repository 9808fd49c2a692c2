import { z } from 'zod'
import type { ExchangeClient } from '../http/client.ts'
import type { Purpose } from '../http/gate.ts'
import type { Answer } from '../http/send.ts'
import type { CallLimit } from '../port.ts'
import { timeLeft, windowWithin } from '../time-left.ts'
import { readBody, type Verdict } from '../verdict.ts'
import type { PaySigner } from './sign.ts'

const ROOT = '/binancepay/openapi'

/** How Binance Pay is called: every call is a signed POST of JSON. */
export type PayLine = { readonly client: ExchangeClient; readonly sign: PaySigner }

/** One call. Bare numbers in `body` are written exactly, see `bareNumber`. */
export function callPay(
  { client, sign }: PayLine,
  call: {
    readonly path: string
    readonly body: object
    readonly purpose: Purpose
    readonly limit: CallLimit
  },
): Promise<Answer> {
  const body = JSON.stringify(call.body)
  return client.call(call.purpose, timeLeft(call.limit), () => {
    // Before the signature, which bears its time and is good for a second from then on.
    windowWithin(Number.POSITIVE_INFINITY, call.limit)
    return { method: 'POST', path: `${ROOT}${call.path}`, headers: sign(body), body }
  })
}

/** The gateway in front answers without a status, and with its own words for the message. */
const envelope = z.object({
  status: z.string().optional(),
  code: z.string().regex(/^[0-9]{1,12}$/),
  data: z.unknown().optional(),
})

const SUCCESS_CODE = '000000'

/** The data of a success, the code of a refusal, or the verdict on what is neither. */
export type PayAnswer =
  | { readonly kind: 'data'; readonly data: unknown }
  | { readonly kind: 'code'; readonly code: string }
  | Verdict

/** Reads the envelope. Status and code must both say success, under HTTP 200. */
export function readPayAnswer(answer: Answer): PayAnswer {
  const read = readBody(answer, ({ status }) => status === 429 || status === 418)
  if (read.kind !== 'body') return read
  const head = envelope.safeParse(read.json)
  if (!head.success) return { kind: 'in_doubt', detail: `HTTP ${read.status}, no envelope` }
  const { status, code, data } = head.data
  if (code !== SUCCESS_CODE)
    return status === 'SUCCESS'
      ? { kind: 'in_doubt', detail: `success with code ${code}` }
      : { kind: 'code', code }
  if (read.status === 200 && status === 'SUCCESS') return { kind: 'data', data }
  return { kind: 'in_doubt', detail: `HTTP ${read.status}, the code of success without it` }
}
