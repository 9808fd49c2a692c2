import { z } from 'zod'
import { scaleOf } from '../../coins.ts'
import { PLAIN_TEXT } from '../../plain-text.ts'
import type { Fields } from '../gate.ts'
import type { OfferTerms } from './agreement.ts'

const SCENES = [
  'TAXI',
  'TRANSIT',
  'TOLL',
  'UTILITY',
  'TELECOM',
  'FOOD',
  'SUBSCRIPTION',
  'INSURANCE',
  'LOAN',
  'PARKING',
  'RENT',
  'ENTERTAINMENT',
  'FITNESS',
  'CLOUD',
  'EDUCATION',
  'MEMBERSHIP',
  'OTHERS',
]

const DAY_MS = 86_400_000

/** Plain text of at most so many characters (pay-docs, specifications). */
function plain(max: number) {
  return z.string().min(1).max(max).regex(PLAIN_TEXT)
}

/** A limit's number stands under `amount`, not under `total`. */
const limit = z.object({
  amount: z.string().regex(/^[1-9]\d{0,31}$/),
  currency: z.string().refine((currency) => scaleOf('bybit', currency) !== undefined),
  currency_type: z.literal('CRYPTO'),
  chain: plain(32).exactOptional(),
  chain_address: plain(128).exactOptional(),
})

/** The fields that the documents call required are; others may come and are not looked at. */
const request = z.object({
  merchant_id: plain(32),
  agreement_type: z.enum(['CYCLE', 'NON_CYCLE', 'SINGLE']),
  scene_code: z.enum(SCENES),
  product_code: plain(64),
  external_agreement_no: plain(64),
  notify_url: plain(512),
  merchant_user_id: plain(64).default(''),
  return_url: plain(512).default(''),
  sign_valid_time: z.iso.datetime({ offset: true }).optional(),
  single_limit: limit.optional(),
  period_limits: z
    .array(z.object({ period_type: z.enum(['DAY', 'WEEK', 'MONTH', 'YEAR']), ...limit.shape }))
    .default([]),
  sign_expire_minutes: z.int().min(1).max(1_440).default(30),
  extra_params: plain(2_048).optional(),
})

/** Reads what a merchant asks to be signed. It is to hold for a day at least, and a SINGLE one has no period. */
export function readOffer(fields: Fields | undefined, time: number): OfferTerms | 'parameter' {
  const { data, success } = request.safeParse(fields)
  if (!success) return 'parameter'
  const { sign_valid_time: validTime, single_limit: singleLimit, agreement_type: type } = data
  if (validTime !== undefined && Date.parse(validTime) < time + DAY_MS) return 'parameter'
  if (type === 'SINGLE' && data.period_limits.length > 0) return 'parameter'
  return {
    merchantId: data.merchant_id,
    externalAgreementNo: data.external_agreement_no,
    agreementType: type,
    merchantUserId: data.merchant_user_id,
    sceneCode: data.scene_code,
    productCode: data.product_code,
    notifyUrl: data.notify_url,
    returnUrl: data.return_url,
    signExpireMinutes: data.sign_expire_minutes,
    ...(validTime === undefined ? {} : { validTime }),
    ...(singleLimit === undefined ? {} : { singleLimit }),
    periodLimits: data.period_limits,
  }
}
