import type { ExchangeId } from '@tolem/domain/ids'
import type { EndResult, MandateOrder, OfferResult } from '@tolem/domain/mandate'
import { accept, type Outcome, refuse } from '@tolem/domain/outcome'
import { CRYPTO_ASSETS } from '@tolem/money/asset'
import type { KnownMandate, MandatePort } from '../mandate-port.ts'
import type { CallLimit } from '../port.ts'
import type { BybitPaySettings } from '../settings.ts'
import { AGREEMENT_PATH, AGREEMENT_TYPE, noticeUrlOf, SCENE_CODE } from './agreement.ts'
import { type BybitAccess, bybitGet, bybitPost, encoded } from './calls.ts'
import { judgeAgreement, judgeEnd, judgeOffer } from './mandate-answers.ts'
import type { PayStep } from './units.ts'

type BybitMandateDeps = BybitAccess & {
  readonly exchange: ExchangeId
  readonly settings: BybitPaySettings
  readonly stepOf: PayStep
}

/**
 * Mandates of Bybit Pay (pay-docs, Recurring Payments: sign, query-agreement, unsign), named by our own reference until
 * they have a number. A repeated request answers the first result or, as its sample has it, that the reference exists
 * already: then the link is lost, and only a look-up tells whether it was signed.
 */
export function createBybitMandates(deps: BybitMandateDeps): MandatePort {
  const { settings } = deps
  return {
    exchange: deps.exchange,
    rail: 'bybit-pay',
    mostAssets: CRYPTO_ASSETS.filter((asset) => settings.chains[asset]).length,
    offer: (order, limit) => offer(deps, order, limit),
    async find({ reference }, limit) {
      const query = encoded({ merchant_id: settings.merchantId, external_agreement_no: reference })
      const answer = await bybitGet(deps, { path: `${AGREEMENT_PATH}/query`, query, limit })
      return judgeAgreement(answer, reference)
    },
    end: (mandate, limit) => end(deps, mandate, limit),
  }
}

async function offer(
  deps: BybitMandateDeps,
  order: MandateOrder,
  limit: CallLimit,
): Promise<OfferResult> {
  const { settings } = deps
  const fields = fieldsOf(order, deps)
  if (!fields.ok) return { kind: 'rejected', detail: `not sent: ${fields.reason}` }
  const body = JSON.stringify({
    merchant_id: settings.merchantId,
    agreement_type: AGREEMENT_TYPE,
    scene_code: SCENE_CODE,
    ...(settings.productCode && { product_code: settings.productCode }),
    ...fields.value,
    notify_url: noticeUrlOf(settings),
  })
  const path = `${AGREEMENT_PATH}/sign`
  return judgeOffer(await bybitPost(deps, { purpose: 'look_up', path, body, limit }))
}

/** The order as Bybit Pay takes it, or why it can never be sent. */
function fieldsOf(
  order: MandateOrder,
  { settings, stepOf }: BybitMandateDeps,
): Outcome<object, string> {
  const nameless = order.assets.find((asset) => !settings.chains[asset])
  if (nameless) return refuse(`the programme names no chain for ${nameless}`)
  const { cardholder, reference, singleLimit } = order
  if (cardholder.length < 1 || cardholder.length > 64) return refuse('no name for the cardholder')
  const fields = { external_agreement_no: reference, merchant_user_id: cardholder }
  if (singleLimit === undefined) return accept(fields)
  const [asset] = order.assets
  const step = stepOf(asset)
  if (singleLimit < step) return refuse('the limit is below the step')
  return accept({
    ...fields,
    single_limit: {
      amount: (singleLimit / step).toString(),
      currency: asset,
      currency_type: 'CRYPTO',
      chain: settings.chains[asset],
    },
  })
}

async function end(
  deps: BybitMandateDeps,
  { reference, userId, walletId }: KnownMandate,
  limit: CallLimit,
): Promise<EndResult> {
  if (!userId) return { kind: 'rejected', detail: 'not sent: nobody is known to have signed it' }
  const body = JSON.stringify({
    merchant_id: deps.settings.merchantId,
    user_id: userId,
    agreement_type: AGREEMENT_TYPE,
    // By its own number where we know it: a mandate that was signed elsewhere does not have our reference.
    ...(walletId ? { agreement_no: walletId } : { external_agreement_no: reference }),
    unsign_type: 'MERCHANT',
  })
  const path = `${AGREEMENT_PATH}/unsign`
  const answer = await bybitPost(deps, { purpose: 'look_up', path, body, limit })
  return judgeEnd(answer, walletId)
}
