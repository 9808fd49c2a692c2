import type { BybitPaySettings } from '../settings.ts'

/** Where all calls about mandates are. */
export const AGREEMENT_PATH = '/v5/bybitpay/agreement'

/** A mandate for purchases whenever they happen, in no particular scene (pay-docs, agreement types, scene codes). */
export const AGREEMENT_TYPE = 'NON_CYCLE'
export const SCENE_CODE = 'OTHERS'

/**
 * Bybit Pay wants a webhook named in each order. Where the programme listens to none, this is a name that can never
 * resolve (RFC 6761) instead of somebody's host: look-ups tell what a notice would.
 */
const NO_WEBHOOK = 'https://no-webhook.invalid/'

/** Where the notices about an order go. */
export function noticeUrlOf({ noticeUrl }: BybitPaySettings): string {
  return noticeUrl ?? NO_WEBHOOK
}
