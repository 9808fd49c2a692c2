import { randomInt } from 'node:crypto'
import type { Operation } from '../../entries.ts'
import type { Courier, Notice } from '../../notices/courier.ts'
import type { Offer } from './agreement.ts'
import { writeAmount } from './amount.ts'
import { dayText, numberOf, statusOf } from './trade.ts'

/** What became of an agreement. */
type AgreementChange =
  | { readonly event: 'SIGNED' | 'FAILED' | 'SUSPENDED' | 'RESUMED' }
  | { readonly event: 'UNSIGNED'; readonly unsignType: string }

/** Bybit writes the times of its notices in +08:00, those inside `data` without saying so. */
const ZONE_MS = 8 * 3_600_000

/** The notice of an agreement's change, with the fields of the documented samples. */
export function agreementNotice(offer: Offer, change: AgreementChange, time: number): Notice {
  const { terms, agreementNo } = offer
  const ids = { agreementNo, externalAgreementNo: terms.externalAgreementNo }
  const parties = {
    ...(offer.userId === undefined ? {} : { userId: offer.userId }),
    merchantUserId: terms.merchantUserId,
    sceneCode: terms.sceneCode,
  }
  const status = change.event === 'RESUMED' ? 'SIGNED' : change.event
  const said = { eventType: status, status }
  const dataByEvent = {
    SIGNED: { agreementType: terms.agreementType, ...said, ...parties, signTime: localTime(time) },
    FAILED: { agreementType: terms.agreementType, ...said, ...parties, ...REFUSED_BY_USER },
    UNSIGNED: {
      ...said,
      unsignType: 'unsignType' in change ? change.unsignType : 'SYSTEM',
      unsignTime: localTime(time),
    },
    SUSPENDED: { ...said, suspendReason: 'MANUAL', suspendTime: localTime(time) },
    RESUMED: { ...said, resumeTime: localTime(time) },
  }
  return notice({
    type: 'AGREEMENT_STATUS',
    merchantId: terms.merchantId,
    wallet: terms.externalAgreementNo,
    url: terms.notifyUrl,
    dueAt: time,
    data: { ...ids, ...dataByEvent[change.event] },
  })
}

/** A payment or a refund, the payment that it belongs to, and the address to tell of it. */
type Told = { readonly operation: Operation; readonly trade: Operation; readonly url: string }

/** Tells a merchant on this machine of a payment's or a refund's outcome, once it is settled. */
export function tellOutcome(courier: Courier, told: Told): void {
  if (courier.reaches(told.url)) courier.send(tradeNotice(told))
}

function tradeNotice({ operation, trade, url }: Told): Notice {
  const dueAt = Math.max(operation.at, operation.settlesAt)
  const isPay = operation.kind === 'debit'
  const status = statusOf(operation, dueAt)
  const { chain: _unsaid, ...amount } = writeAmount(operation.asset, operation.units, {})
  return notice({
    type: 'TRANSACTION_RESULT',
    merchantId: operation.party,
    wallet: trade.from,
    url,
    dueAt,
    data: {
      orderNo: numberOf('ORD', operation),
      ...(isPay ? {} : { refundNo: numberOf('RF', operation), outRefundNo: operation.reference }),
      tradeNo: numberOf('PAY', trade),
      outTradeNo: trade.reference,
      agreementNo: trade.from,
      eventType: isPay ? 'PAY' : 'REFUND',
      orderType: isPay ? 'PAY' : 'REFUND',
      status,
      [isPay ? 'amount' : 'refund_amount']: amount,
      ...(status === 'SUCCESS'
        ? { [isPay ? 'payTime' : 'refundTime']: localTime(dueAt) }
        : (FAILURES[operation.failure ?? ''] ?? FAILURES['SYSTEM_ERROR'])),
    },
  })
}

const REFUSED_BY_USER = {
  failureCode: '139001005',
  failureReason: 'User refused to sign (downstream code=300100003, msg=User refused)',
}

const FAILURES: Readonly<Record<string, { failureCode: string; failureReason: string }>> = {
  BALANCE_NOT_ENOUGH: {
    failureCode: '139002003',
    failureReason: 'Insufficient balance (downstream code=120100006, msg=Balance insufficient)',
  },
  RISK_REJECT: {
    failureCode: '139005001',
    failureReason: 'Risk control rejection (downstream code=120100007, msg=Risk reject)',
  },
  SYSTEM_ERROR: {
    failureCode: '50002',
    failureReason: 'Downstream error (downstream code=120100001, msg=System error)',
  },
}

function notice(told: {
  readonly type: string
  readonly merchantId: string
  readonly wallet: string
  readonly url: string
  readonly dueAt: number
  readonly data: object
}): Notice {
  const { type, merchantId, wallet, url, dueAt, data } = told
  const id = `NOTIFY${dayText(dueAt)}${String(randomInt(10 ** 9)).padStart(9, '0')}`
  const notifyTime = `${localTime(dueAt).replace(' ', 'T')}+08:00`
  const body = JSON.stringify({ notifyId: id, notifyType: type, notifyTime, merchantId, data })
  return { id, exchange: 'bybit', wallet, url, body, dueAt }
}

function localTime(time: number): string {
  return new Date(time + ZONE_MS).toISOString().slice(0, 19).replace('T', ' ')
}
