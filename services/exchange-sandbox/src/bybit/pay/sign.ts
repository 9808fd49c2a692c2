import { randomBytes } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Answer, Endpoint } from '../../call.ts'
import type { Fault } from '../../faults.ts'
import { createRateWindow } from '../../rate-windows.ts'
import { payAnswer, payRefusal } from '../answers.ts'
import { checkSigned, readBody, spendOne } from '../gate.ts'
import { type Offer, type OfferTerms, offersOf } from './agreement.ts'
import { readOffer } from './offer-terms.ts'
import type { PayDeps } from './pay.ts'
import { dayText, timeText } from './trade.ts'

/**
 * POST /v5/bybitpay/agreement/sign: opens an agreement that the cardholder signs on the sandbox's own page, or over
 * /control. Idempotent by (merchant_id, external_agreement_no): a repeat gets the first result, and one that asks for
 * something else 40004.
 */
export function signEndpoint(deps: PayDeps): Endpoint {
  const limit = deps.config.SANDBOX_BYBIT_SIGN_PER_MINUTE
  const byUser = createRateWindow({ limit, windowMs: 60_000, now: deps.now })
  return (request) => {
    const unsigned = checkSigned(request, deps)
    if (unsigned !== undefined) return unsigned
    const terms = readOffer(readBody(request.body), deps.now())
    if (typeof terms === 'string') return payRefusal(terms)
    const { merchantId, merchantUserId } = terms
    const { refusal, headers } = spendOne(byUser, `${merchantId} ${merchantUserId}`)
    if (refusal !== undefined) return refusal
    const origin = `http://${request.header('host')}`
    return {
      operation: 'mandate',
      wallet: terms.externalAgreementNo,
      headers,
      run: (fault) => sign(deps, { terms, origin }, fault),
    }
  }
}

async function sign(
  deps: PayDeps,
  asked: { readonly terms: OfferTerms; readonly origin: string },
  fault: Fault | undefined,
): Promise<Answer> {
  const { terms, origin } = asked
  const offers = offersOf(deps.cabinet)
  const first = [...offers.values()].find(
    (offer) =>
      offer.terms.merchantId === terms.merchantId &&
      offer.terms.externalAgreementNo === terms.externalAgreementNo,
  )
  if (first !== undefined && !isDeepStrictEqual(first.terms, terms)) return payRefusal('duplicate')
  if (fault?.kind === 'duplicate_code' && !fault.executes) return payRefusal('already_exists')
  const offer = first ?? newOffer(terms, [...offers.values()].length + 1, deps.now())
  if (first === undefined) await offers.put(offer.agreementNo, offer)
  if (fault?.kind === 'duplicate_code') return payRefusal('already_exists')
  return payAnswer({
    sign_order_id: fault?.kind === 'wrong_echo' ? `${offer.agreementNo}0` : offer.agreementNo,
    sign_url: `${origin}/bybitpay/sign?token=${offer.token}`,
    qr_code: `${origin}/bybitpay/sign?token=${offer.token}`,
    qr_code_url: `${origin}/bybitpay/qr/${offer.agreementNo}.png`,
    expire_time: timeText(offer.expiresAt),
  })
}

function newOffer(terms: OfferTerms, number: number, time: number): Offer {
  return {
    agreementNo: `AGR${dayText(time)}${String(number).padStart(4, '0')}`,
    token: randomBytes(16).toString('hex'),
    terms,
    offeredAt: time,
    expiresAt: time + terms.signExpireMinutes * 60_000,
  }
}
