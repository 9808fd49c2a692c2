import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import type { ExchangeId, MovementReference } from '@tolem/domain/ids'
import type { MandateReference } from '@tolem/domain/mandate'
import { accept, type Outcome, refuse } from '@tolem/domain/outcome'
import { z } from 'zod'
import type { Notice, NoticePort, ReceivedNotice } from '../mandate-port.ts'
import type { BybitPaySettings } from '../settings.ts'
import { readTolerantly } from './tolerant-json.ts'

type BybitNoticeDeps = {
  readonly exchange: ExchangeId
  readonly settings: Pick<BybitPaySettings, 'merchantId' | 'noticeSignature'>
  /** Bybit Pay's public key, PEM. */
  readonly publicKey: string
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** Before and after our own clock (pay-docs, webhooks overview: 5 minutes). */
const WINDOW_MS = 5 * 60_000

const headers = z.object({
  'x-timestamp': z.string().regex(/^[0-9]{13}$/),
  'x-nonce': z
    .string()
    .regex(/^[0-9]{1,16}$/)
    .optional(),
  'x-signature': z.string().min(1).max(2_048).optional(),
  'x-sign-type': z.literal('RSA2').optional(),
})

const notice = z.object({
  notifyId: z.string().min(1).max(128),
  merchantId: z.string(),
  data: z.object({
    outRefundNo: z.string().nullish(),
    outTradeNo: z.string().nullish(),
    externalAgreementNo: z.string().nullish(),
  }),
})

const MOVEMENT = /^tm[dc][0-9a-z]{27}$/
const MANDATE = /^tm[0-9a-z]{25}$/

/**
 * Reads Bybit Pay's webhooks (pay-docs, webhooks). The signature is SHA256withRSA over timestamp, nonce and the bytes
 * of the body. Its pages disagree: two have the signature in the headers, one in the body over the body without it,
 * written anew. That form leaves the time unsigned and depends on an order of keys that nobody defines, so it is taken
 * only where the programme says so. What is authentic is still a hint: its type and status are not even read.
 *
 * @throws when the key is no public key, so that a wrong programme stops the start.
 */
export function createBybitNotices(deps: BybitNoticeDeps): NoticePort {
  const key = createPublicKey(deps.publicKey)
  if (key.asymmetricKeyType !== 'rsa') throw new Error('the key of Bybit Pay’s notices is not RSA')
  const isAuthentic = deps.settings.noticeSignature === 'body' ? isSignedInside : isSignedByHeaders
  return {
    exchange: deps.exchange,
    rail: 'bybit-pay',
    async read(received) {
      const head = headers.safeParse(received.headers)
      if (!head.success) return refuse('malformed')
      const age = deps.now() - Number(head.data['x-timestamp'])
      if (!(Math.abs(age) <= WINDOW_MS)) return refuse('stale')
      if (!isAuthentic(received, key)) return refuse('bad_signature')
      return readNotice(received.body, deps.settings.merchantId)
    },
    answer: (taken) =>
      taken
        ? { status: 200, contentType: 'text/plain', body: 'success' }
        : { status: 400, contentType: 'text/plain', body: 'fail' },
  }
}

function readNotice(body: Uint8Array, merchantId: string): Outcome<Notice, 'malformed'> {
  const said = notice.safeParse(camelCased(readTolerantly(Buffer.from(body).toString())))
  if (!said.success || said.data.merchantId !== merchantId) return refuse('malformed')
  return accept({ id: said.data.notifyId, about: aboutOf(said.data.data) })
}

/** A refund names the payment that it gives back too. A reference that is none of ours is somebody else's business. */
function aboutOf(data: z.output<typeof notice>['data']): Notice['about'] {
  const { outRefundNo, outTradeNo, externalAgreementNo } = data
  if (outRefundNo)
    return MOVEMENT.test(outRefundNo)
      ? { kind: 'credit', reference: outRefundNo as MovementReference }
      : { kind: 'other' }
  if (outTradeNo && MOVEMENT.test(outTradeNo))
    return { kind: 'debit', reference: outTradeNo as MovementReference }
  if (externalAgreementNo && MANDATE.test(externalAgreementNo))
    return { kind: 'mandate', reference: externalAgreementNo as MandateReference }
  return { kind: 'other' }
}

function isSignedByHeaders({ headers: given, body }: ReceivedNotice, key: KeyObject): boolean {
  const { data } = headers.required().safeParse(given)
  if (!data) return false
  const signed = Buffer.concat([Buffer.from(data['x-timestamp'] + data['x-nonce']), body])
  return verify('sha256', signed, key, Buffer.from(data['x-signature'], 'base64'))
}

const signedInside = z.looseObject({ sign: z.string().min(1).max(2_048), signType: z.string() })

/** The body without its signature, in the order in which it came or sorted by key: no page says which. */
function isSignedInside({ body }: ReceivedNotice, key: KeyObject): boolean {
  const read = signedInside.safeParse(readTolerantly(Buffer.from(body).toString(), 'as numbers'))
  if (!read.success || read.data.signType !== 'RSA2') return false
  const { sign, signType: _, ...rest } = read.data
  const sorted = Object.fromEntries(Object.entries(rest).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  const signature = Buffer.from(sign, 'base64')
  return [rest, sorted].some((content) =>
    verify('sha256', Buffer.from(JSON.stringify(content)), key, signature),
  )
}

/** Notices are in camelCase and the rest of Bybit Pay is in snake_case; some notices have a field of the other kind. */
function camelCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCased)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      camelCased(inner),
    ]),
  )
}
