import type { EndResult, MandateReference, MandateState, OfferResult } from '@tolem/domain/mandate'
import { z } from 'zod'
import type { Answer } from '../http/send.ts'
import { type EnvelopeRead, readEnvelope } from './envelope.ts'
import { type MandateEndpoint, mandateMeaningOf } from './mandate-codes.ts'

const number = z.string().min(1).max(64)
const link = z.url({ protocol: /^https?$/ }).max(2_048)
const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))

const offered = z.object({
  sign_order_id: number,
  sign_url: link,
  qr_code: z.string().min(1).max(2_048),
  expire_time: time,
})

const agreement = z.object({
  agreement_no: z.string().max(64).nullish(),
  external_agreement_no: z.string(),
  user_id: z.string().max(64).nullish(),
  status: z.string(),
  valid_time: time.nullish().catch(undefined),
})

const unsigned = z.object({ agreement_no: z.string().nullish(), status: z.string() })

/** What the answer to a request for a mandate says. A reference that exists already must be looked up. */
export function judgeOffer(answer: Answer): OfferResult {
  const read = readEnvelope(answer, '20000')
  if (read.kind !== 'result') return judgeRefusal(read, 'sign')
  const said = offered.safeParse(read.result)
  if (!said.success) return { kind: 'in_doubt', detail: 'success without a link' }
  const { sign_order_id, sign_url, qr_code, expire_time } = said.data
  return {
    kind: 'offered',
    offer: {
      exchangeReference: sign_order_id,
      link: sign_url,
      qrCode: qr_code,
      expiresAt: expire_time,
    },
  }
}

/** What Bybit Pay says of a mandate. A suspended one may come back: it stays what we took it for. */
export function judgeAgreement(answer: Answer, reference: MandateReference): MandateState {
  const read = readEnvelope(answer, '20000')
  if (read.kind === 'code') {
    const { meaning, label } = mandateMeaningOf(read, 'query')
    return meaning === 'not_found' ? { kind: 'not_found' } : { kind: 'unknown', detail: label }
  }
  if (read.kind !== 'result')
    return { kind: 'unknown', detail: 'detail' in read ? read.detail : 'no agreement' }
  const said = agreement.safeParse(read.result)
  if (!said.success) return { kind: 'unknown', detail: 'success without an agreement' }
  if (said.data.external_agreement_no !== reference)
    return { kind: 'unknown', detail: 'the answer is about another mandate' }
  return byStatus(said.data)
}

/** What the answer to a request to end a mandate says. */
export function judgeEnd(answer: Answer, walletId: string | undefined): EndResult {
  const read = readEnvelope(answer, '20000')
  if (read.kind === 'code' && mandateMeaningOf(read, 'unsign').meaning === 'done')
    return { kind: 'ended' }
  if (read.kind !== 'result') return judgeRefusal(read, 'unsign')
  const said = unsigned.safeParse(read.result)
  if (!said.success) return { kind: 'in_doubt', detail: 'success without an agreement' }
  const { agreement_no, status } = said.data
  if (walletId && agreement_no && agreement_no !== walletId)
    return { kind: 'in_doubt', detail: 'the answer is about another mandate' }
  if (status !== 'UNSIGNED') return { kind: 'in_doubt', detail: statusDetail(status) }
  return { kind: 'ended' }
}

function judgeRefusal(
  read: Exclude<EnvelopeRead, { kind: 'result' }>,
  endpoint: MandateEndpoint,
): { readonly kind: 'rejected' | 'in_doubt'; readonly detail: string } {
  if (read.kind === 'code') {
    const { meaning, label } = mandateMeaningOf(read, endpoint)
    const isSure = meaning === 'rejected' || meaning === 'not_found'
    return { kind: isSure ? 'rejected' : 'in_doubt', detail: label }
  }
  // Not sent, or turned away unread: to be asked again, and no answer to what was asked.
  return { kind: 'in_doubt', detail: 'detail' in read ? read.detail : 'no envelope' }
}

function byStatus(said: z.output<typeof agreement>): MandateState {
  switch (said.status) {
    case 'INIT':
    case 'PENDING':
      return { kind: 'unsigned' }
    case 'SIGNED':
      return signed(said)
    case 'UNSIGNED':
    case 'EXPIRED':
    case 'FAILED':
    case 'TIMEOUT':
      return { kind: 'ended', detail: statusDetail(said.status) }
    default:
      return { kind: 'unknown', detail: statusDetail(said.status) }
  }
}

/** A mandate without its number or its user cannot be debited under. */
function signed({ agreement_no, user_id, valid_time }: z.output<typeof agreement>): MandateState {
  if (!agreement_no || !user_id) return { kind: 'unknown', detail: 'signed, but by nobody named' }
  return {
    kind: 'signed',
    walletId: agreement_no,
    userId: user_id,
    ...(valid_time ? { endsAt: valid_time } : {}),
  }
}

function statusDetail(status: string): string {
  return `status ${status.slice(0, 20)}`
}
