import type { Answer, Endpoint } from '../../call.ts'
import type { Agreement, PeriodLimit } from '../../entries.ts'
import { type Fault, isHidden } from '../../faults.ts'
import { createRateWindow } from '../../rate-windows.ts'
import { payAnswer, payRefusal } from '../answers.ts'
import { checkSigned, spendOne } from '../gate.ts'
import { type Agreed, agreementStatus, findAgreement, type Limit } from './agreement.ts'
import type { PayDeps } from './pay.ts'
import { startOf, usedSince } from './periods.ts'
import { timeText } from './trade.ts'

/** GET /v5/bybitpay/agreement/query: an agreement by Bybit's number or the merchant's own, with what is used of it. */
export function agreementQueryEndpoint(deps: PayDeps): Endpoint {
  const limit = deps.config.SANDBOX_BYBIT_QUERY_PER_SECOND
  const byMerchant = createRateWindow({ limit, windowMs: 1_000, now: deps.now })
  return (request) => {
    const unsigned = checkSigned(request, deps)
    if (unsigned !== undefined) return unsigned
    const params = new URLSearchParams(request.query)
    const merchantId = params.get('merchant_id') ?? ''
    const agreementNo = params.get('agreement_no') ?? ''
    const externalAgreementNo = params.get('external_agreement_no') ?? ''
    if (merchantId === '' || agreementNo + externalAgreementNo === '')
      return payRefusal('parameter')
    const { refusal, headers } = spendOne(byMerchant, merchantId)
    if (refusal !== undefined) return refusal
    const find = () => findAgreement(deps, { merchantId, agreementNo, externalAgreementNo })
    return {
      operation: 'mandate',
      wallet: find()?.offer?.terms.externalAgreementNo ?? (externalAgreementNo || agreementNo),
      headers,
      run: (fault) => answer(deps, { found: find(), merchantId }, fault),
    }
  }
}

function answer(
  deps: PayDeps,
  { found, merchantId }: { found: Agreed | undefined; merchantId: string },
  fault: Fault | undefined,
): Answer {
  const time = deps.now()
  const owner = found?.offer?.terms.merchantId ?? found?.wallet?.agreement?.merchantId
  if (found === undefined || owner !== merchantId) return payRefusal('agreement_not_exist')
  if (isHidden(found.offer?.offeredAt ?? 0, fault, time)) return payRefusal('agreement_not_exist')
  const { offer, wallet } = found
  const external = offer?.terms.externalAgreementNo ?? ''
  return payAnswer({
    agreement_no: offer?.agreementNo ?? wallet?.id,
    external_agreement_no: fault?.kind === 'wrong_echo' ? `${external}0` : external,
    ...given('user_id', wallet?.agreement?.userId),
    ...given('merchant_user_id', offer?.terms.merchantUserId),
    status: agreementStatus(found, time),
    ...(offer?.signedAt === undefined ? {} : { sign_time: timeText(offer.signedAt) }),
    ...given('valid_time', offer?.terms.validTime),
    ...describeLimits(found),
    ...describeUse(deps, found),
  })
}

function given(name: string, value: string | undefined): Record<string, string> {
  return value === undefined || value === '' ? {} : { [name]: value }
}

function describeLimits({ offer, wallet }: Agreed) {
  if (offer === undefined) return describeWalletLimit(wallet?.agreement)
  const { singleLimit, periodLimits } = offer.terms
  return {
    ...(singleLimit === undefined ? {} : { single_limit: singleLimit }),
    ...(periodLimits.length === 0 ? {} : { period_limits: periodLimits }),
  }
}

function describeWalletLimit(agreement: Agreement | undefined): { single_limit?: Limit } {
  const [limit] = Object.entries(agreement?.singleLimit ?? {})
  if (limit === undefined) return {}
  const [currency, units] = limit
  return { single_limit: { amount: units.toString(), currency, currency_type: 'CRYPTO' } }
}

/** Only the documented keys, in the currency of the limits. */
function describeUse({ book, now }: PayDeps, { offer, wallet }: Agreed) {
  const limit = offer?.terms.singleLimit ?? offer?.terms.periodLimits[0]
  if (wallet === undefined || limit === undefined) return {}
  const used = (period: PeriodLimit['period']) => {
    const since = { asset: limit.currency, from: startOf(period, now()) }
    return usedSince(book, wallet.id, since).toString()
  }
  const { currency, currency_type } = limit
  return {
    used_quota: { day_used: used('DAY'), month_used: used('MONTH'), currency, currency_type },
  }
}
