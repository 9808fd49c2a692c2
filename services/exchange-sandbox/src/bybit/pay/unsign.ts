import type { Answer, Endpoint } from '../../call.ts'
import type { Fault } from '../../faults.ts'
import { createRateWindow } from '../../rate-windows.ts'
import { payAnswer, payRefusal } from '../answers.ts'
import { checkSigned, type Fields, readBody, spendOne, text } from '../gate.ts'
import { agreementStatus, findAgreement } from './agreement.ts'
import { unsignAgreement } from './agreement-changes.ts'
import type { PayDeps } from './pay.ts'
import { timeText } from './trade.ts'

/** Where an UNSIGNED agreement is met again: 40004 by the sample of the document, whatever its table says. */
export function unsignEndpoint(deps: PayDeps): Endpoint {
  const limit = deps.config.SANDBOX_BYBIT_QUERY_PER_SECOND
  const byMerchant = createRateWindow({ limit, windowMs: 1_000, now: deps.now })
  return (request) => {
    const unsigned = checkSigned(request, deps)
    if (unsigned !== undefined) return unsigned
    const fields = readBody(request.body)
    const required = ['merchant_id', 'user_id', 'agreement_type']
    if (fields === undefined || !required.every((name) => text(fields, name) !== '')) {
      return payRefusal('parameter')
    }
    const { refusal, headers } = spendOne(byMerchant, text(fields, 'merchant_id'))
    if (refusal !== undefined) return refusal
    return {
      operation: 'mandate',
      wallet: text(fields, 'external_agreement_no') || text(fields, 'agreement_no'),
      headers,
      run: (fault) => unsign(deps, fields, fault),
    }
  }
}

async function unsign(deps: PayDeps, fields: Fields, fault: Fault | undefined): Promise<Answer> {
  const agreed = findAgreement(deps, {
    merchantId: text(fields, 'merchant_id'),
    agreementNo: text(fields, 'agreement_no'),
    externalAgreementNo: text(fields, 'external_agreement_no'),
  })
  if (agreed === undefined) return payRefusal('not_found')
  const agreement = agreed.wallet?.agreement
  const owner = agreed.offer?.terms.merchantId ?? agreement?.merchantId
  if (owner !== text(fields, 'merchant_id')) return payRefusal('not_found')
  if (agreement === undefined) return payRefusal('agreement_status')
  if (agreement.userId !== text(fields, 'user_id')) return payRefusal('user_mismatch')
  if (agreement.agreementType !== text(fields, 'agreement_type')) return payRefusal('type_mismatch')
  if (agreementStatus(agreed, deps.now()) === 'UNSIGNED') return payRefusal('already_unsigned')
  if (!(await unsignAgreement(deps, agreed, unsignTypeOf(fields)))) {
    return payRefusal('agreement_status')
  }
  const no = agreed.wallet?.id ?? ''
  return payAnswer({
    agreement_no: fault?.kind === 'wrong_echo' ? `${no}0` : no,
    status: 'UNSIGNED',
    unsign_time: timeText(deps.now()),
  })
}

function unsignTypeOf(fields: Fields): 'USER' | 'MERCHANT' | 'SYSTEM' {
  const type = text(fields, 'unsign_type')
  return type === 'USER' || type === 'SYSTEM' ? type : 'MERCHANT'
}
