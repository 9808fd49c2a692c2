import { verify } from 'node:crypto'
import type { ExchangeId, MovementReference } from '@tolem/domain/ids'
import type { MandateReference } from '@tolem/domain/mandate'
import { accept, type Outcome, refuse } from '@tolem/domain/outcome'
import { z } from 'zod'
import { parseJson } from '../json.ts'
import type { Notice, NoticePort, ReceivedNotice } from '../mandate-port.ts'
import type { Certificates } from './certificates.ts'
import { signedText } from './sign.ts'

/**
 * Binance Pay does not say how old a notice may be. It repeats one up to six times and may sign it once only, so this
 * is our own bound, the one that Bybit publishes for its notices; what comes later is learned by look-up.
 */
const WINDOW_MS = 5 * 60_000

/**
 * Notices of Binance Pay (Webhook, Common Rules): RSA with SHA-256 and PKCS #1 v1.5 padding over time, nonce and the
 * very bytes of the body. `now` is the wall clock in milliseconds since the epoch.
 */
export function createBinancePayNotices(deps: {
  readonly exchange: ExchangeId
  readonly certificates: Certificates
  readonly now: () => number
}): NoticePort {
  return {
    exchange: deps.exchange,
    rail: 'binance-pay',
    async read(received) {
      const parts = readParts(received)
      if (!parts) return refuse('malformed')
      if (Math.abs(deps.now() - Number(parts.timestamp)) > WINDOW_MS) return refuse('stale')
      const key = await deps.certificates.find(parts.serial)
      if (!key.ok) return refuse(key.reason === 'unknown' ? 'bad_signature' : key.reason)
      const text = Buffer.from(signedText(parts))
      const isSigned = verify('sha256', text, key.value, parts.signature)
      return isSigned ? readNotice(parts.body) : refuse('bad_signature')
    },
    answer: (taken) => ({
      status: taken ? 200 : 500,
      contentType: 'application/json',
      body: JSON.stringify(
        taken
          ? { returnCode: 'SUCCESS', returnMessage: null }
          : { returnCode: 'FAIL', returnMessage: 'not taken' },
      ),
    }),
  }
}

const headers = z.object({
  'binancepay-certificate-sn': z.string().min(1).max(128),
  'binancepay-nonce': z.string().min(1).max(64),
  'binancepay-timestamp': z.string().regex(/^[0-9]{13}$/),
  'binancepay-signature': z.base64().min(1).max(2_048),
})

/** Not UTF-8 is not JSON: replaced bytes would be other bytes than were signed. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function readParts(received: ReceivedNotice) {
  const { data } = headers.safeParse(received.headers)
  const body = decode(received.body)
  if (!data || body === undefined) return undefined
  return {
    serial: data['binancepay-certificate-sn'],
    timestamp: data['binancepay-timestamp'],
    nonce: data['binancepay-nonce'],
    signature: Buffer.from(data['binancepay-signature'], 'base64'),
    body,
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    // Not UTF-8: no notice of Binance Pay's.
    return undefined
  }
}

/** Ids exceed 2^53 and come as bare numbers too; `data` is JSON once more, as a text. */
const notice = z
  .object({
    bizType: z.string().min(1).max(64),
    bizId: z.string().max(64).optional(),
    bizIdStr: z.string().max(64).optional(),
    bizStatus: z.string().min(1).max(64),
    data: z.string(),
  })
  .transform(({ bizId, bizIdStr, ...rest }) => ({ ...rest, id: bizIdStr ?? bizId ?? '' }))

/** Our references are letters and digits; anything else is not about us. */
const reference = z.string().regex(/^[0-9A-Za-z]{1,64}$/)
const refundInfo = z.object({ refundRequestId: reference })

const subjects = {
  contract: z.object({ merchantContractCode: reference }),
  order: z.object({ merchantTradeNo: reference }),
  /** The documents' table calls `refundInfo` a text, their text an object. */
  refund: z.object({
    refundInfo: z.union([refundInfo, z.string().transform(parseJson).pipe(refundInfo)]),
  }),
}

function readNotice(body: string): Outcome<Notice, 'malformed'> {
  const { data: head } = notice.safeParse(parseJson(body))
  if (!head) return refuse('malformed')
  const id = `${head.bizType}/${head.id}/${head.bizStatus}`
  return accept(subjectOf(id, head.bizType, parseJson(head.data)))
}

/** One order may be refunded several times, each under one status of the order: its notices differ by the refund. */
function subjectOf(id: string, bizType: string, data: unknown): Notice {
  switch (bizType) {
    case 'DIRECT_DEBIT_CT': {
      const code = subjects.contract.safeParse(data).data?.merchantContractCode
      if (code === undefined) break
      return { id, about: { kind: 'mandate', reference: code as MandateReference } }
    }
    case 'PAY': {
      const tradeNo = subjects.order.safeParse(data).data?.merchantTradeNo
      if (tradeNo === undefined) break
      return { id, about: { kind: 'debit', reference: tradeNo as MovementReference } }
    }
    case 'PAY_REFUND': {
      const refundId = subjects.refund.safeParse(data).data?.refundInfo.refundRequestId
      if (refundId === undefined) break
      const about = { kind: 'credit', reference: refundId as MovementReference } as const
      return { id: `${id}/${refundId}`, about }
    }
  }
  return { id, about: { kind: 'other' } }
}
