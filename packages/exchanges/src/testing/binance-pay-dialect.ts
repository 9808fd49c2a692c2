import { createHmac } from 'node:crypto'
import type { ExchangeId, MovementReference } from '@tolem/domain/ids'
import type { CreditOrder, DebitOrder } from '@tolem/domain/movement'
import { amountOf } from '@tolem/money/amount'
import { type Dialect, type Difference, json } from './dialect.ts'

const SECRET = 'binance-pay-secret'

/** Beyond 2^53 and not divisible by 8, so that a JSON number read or written as a double would change. */
const CONTRACT_ID = '205638372306477057'
const PREPAY_ID = '383729303729303001'
const REFUND_ID = '68711039982968833'

const debitOrder: DebitOrder = {
  reference: 'tmd010000000000000000000000003' as MovementReference,
  wallet: {
    exchange: 'binance' as ExchangeId,
    rail: 'binance-pay',
    walletId: CONTRACT_ID,
    userId: '04fdfaf5c88d746168e3cc0a582b65d4',
    assets: ['USDT'],
  },
  asset: 'USDT',
  amount: amountOf('USDT', 2_350_000_001n),
}
const creditOrder: CreditOrder = {
  ...debitOrder,
  reference: 'tmc010000000000000000000000003' as MovementReference,
  debitReference: debitOrder.reference,
  debitExchangeReference: PREPAY_ID,
}

const success = (data: string, status = 200) =>
  json(`{"status":"SUCCESS","code":"000000","data":${data},"errorMessage":""}`, status)

const fails = (code: string, status = 400) =>
  json({ status: 'FAIL', code, errorMessage: 'message' }, status)

/** What /pay/apply tells: it echoes neither amount nor currency. */
const applyData = ({ reference, status = 'SUCCESS', ...echoed }: Difference = {}) =>
  JSON.stringify({
    orderId: '383729303729304001',
    prepayId: PREPAY_ID,
    merchantRequestId: reference ?? debitOrder.reference,
    appliedTime: 1_767_780_000_000,
    status,
    ...(echoed.asset && { currency: echoed.asset }),
    ...(echoed.amount && { amount: echoed.amount }),
  })

const applied = (difference?: Difference) => success(applyData(difference))

/** The record of /v2/order/query, its merchant's id a bare number beyond 2^53. */
const ordered = (difference: Difference = {}, more: object = {}) => {
  const data = JSON.stringify({
    prepayId: PREPAY_ID,
    transactionId: 'M_R_282737362839373',
    merchantTradeNo: difference.reference ?? debitOrder.reference,
    status: difference.status ?? 'PAID',
    currency: difference.asset ?? 'USDT',
    orderAmount: difference.amount ?? '23.50000001',
    openUserId: difference.customer ?? debitOrder.wallet.userId,
    createTime: 1_767_780_000_000,
    ...more,
  })
  return success(data.replace('{', '{"merchantId":98729303729303001,'))
}

/** A refund as its answer tells it, and with a status as its query does. */
const refunded = (difference: Difference = {}, more: object = {}) => {
  const data = JSON.stringify({
    refundRequestId: difference.reference ?? creditOrder.reference,
    prepayId: PREPAY_ID,
    orderAmount: '23.50000001',
    refundedAmount: '23.50000001',
    refundAmount: difference.amount ?? '23.50000001',
    remainingAttempts: 9,
    payerOpenId: 'dde730c2e0ea1f1780cf26343b98fd3b',
    duplicateRequest: 'N',
    ...(difference.status && { refundStatus: difference.status }),
    ...more,
  })
  return success(data.replace('{', `{"refundId":${REFUND_ID},`))
}

const refundFound = ({ status = 'REFUND_SUCCESS', ...difference }: Difference = {}) =>
  refunded({ ...difference, status })

export const binancePayDialect: Dialect = {
  rail: 'binance-pay',
  debitOrder,
  creditOrder,
  steps: { USDT: 1n, USDC: 1n, BTC: 1n, ETH: 10n ** 10n, SOL: 10n, TON: 10n },
  settings: (host) => ({
    id: 'binance' as ExchangeId,
    credentials: { apiKey: 'binance-pay-key', secret: SECRET },
    receiveWindowMs: 5_000,
    rails: [
      {
        rail: 'binance-pay',
        host,
        serviceName: 'Tolem card',
        scenarioCode: 'Others',
        notFoundIsFinalAfterMs: 15_000,
        unpublishedCodes: {
          orderNotFound: ['400202'],
          refundNotFound: ['400302'],
          insufficientFunds: ['400999'],
        },
      },
    ],
    limits: { concurrentCalls: 4, debitsPerSecond: 10, lookUpsPerSecond: 10 },
  }),
  isSigned({ headers, body }) {
    const [timestamp, nonce] = ['timestamp', 'nonce'].map((name) => headers[`binancepay-${name}`])
    const text = [timestamp, nonce, body, ''].join('\n')
    const expected = createHmac('sha512', SECRET).update(text)
    return (
      headers['binancepay-certificate-sn'] === 'binance-pay-key' &&
      /^[0-9a-zA-Z]{32}$/.test(String(nonce)) &&
      headers['binancepay-signature'] === expected.digest('hex').toUpperCase()
    )
  },
  promises: {
    reference: { kind: 'for_ever' },
    hasValidityWindow: true,
    // The exchange's own second and what the programme says.
    notFoundIsFinalAfterMs: 16_000,
  },
  creditsEndLater: true,
  debited: applied,
  credited: refunded,
  debitFound: ordered,
  creditFound: refundFound,
  exchangeReference: { debit: PREPAY_ID, credit: REFUND_ID },
  debitNotFound: fails('400202'),
  creditNotFound: fails('400302'),
  refusals: [
    ['FAILED', applied({ status: 'FAILED' }), 'exchange_refused'],
    ['the programme’s word for want of funds', fails('400999'), 'insufficient_funds'],
    ['CONTRACT_NOT_FOUND', fails('406207', 404), 'exchange_refused'],
    ['CONTRACT_NOT_SIGNED', fails('406212', 409), 'exchange_refused'],
    ['INVALID_ACCOUNT_STATUS', fails('400203', 403), 'exchange_refused'],
    ['INVALID_TIMESTAMP', fails('400003', 406), 'exchange_unavailable'],
    [
      'INVALID_SIGNATURE in the gateway’s words',
      json({ code: '400002', msg: 'Signature for this request is not valid.' }),
      'exchange_unavailable',
    ],
    ['MERCHANT_ACCESS_FORBIDDEN', fails('400606', 403), 'exchange_unavailable'],
    ['HTTP 429', json('', 429), 'exchange_unavailable'],
  ],
  doubts: [
    ['INIT', applied({ status: 'INIT' })],
    ['PROCESSING', applied({ status: 'PROCESSING' })],
    ['a status of tomorrow', applied({ status: 'PARKED' })],
    ['UNKNOWN_ERROR', fails('400000')],
    ['INVALID_MERCHANT_TRADE_NO, perhaps a duplicate', fails('400201')],
    ['an unknown code', fails('499999')],
    ['the code of a missing order', fails('400202')],
    [
      'the gateway’s abnormality',
      json({ status: 'ERROR', type: 'SYS', code: '100001001', errorData: 'System abnormality' }),
    ],
    ['the 403 of a firewall', json('<html>Forbidden</html>', 403)],
    ['success with a code', json({ status: 'SUCCESS', code: '400001', data: {} })],
    ['the code of success with FAIL', json({ status: 'FAIL', code: '000000', data: {} })],
    ['success without data', json({ status: 'SUCCESS', code: '000000', data: null })],
    ['success under HTTP 400', success(applyData(), 400)],
    ['another currency', applied({ asset: 'USDC' })],
    ['another amount', applied({ amount: '23.5' })],
  ],
  creditRefusals: [
    ['INVALID_REQUEST', fails('400001')],
    ['INVALID_API_KEY_OR_IP', fails('400004', 401)],
  ],
  creditDoubts: [
    ['REFUND_PENDING', refunded({ status: 'REFUND_PENDING' })],
    ['a duplicate', refunded({}, { duplicateRequest: 'Y' })],
    ['another amount', refunded({ amount: '23.5', status: 'REFUND_SUCCESS' })],
    ['another debit', refunded({ status: 'REFUND_SUCCESS' }, { prepayId: '1' })],
    ['another reference', refunded({ reference: 'another', status: 'REFUND_SUCCESS' })],
    ['INVALID_ACCOUNT_STATUS', fails('400203', 403)],
    ['the code of a missing contract', fails('406207', 404)],
    ['UNKNOWN_ERROR', fails('400000', 500)],
  ],
  records: [
    ['INITIAL', ordered({ status: 'INITIAL' }), 'unknown'],
    ['PENDING', ordered({ status: 'PENDING' }), 'unknown'],
    ['a status of tomorrow', ordered({ status: 'PARKED' }), 'unknown'],
    ['REFUNDING', ordered({ status: 'REFUNDING' }), 'executed'],
    ['REFUNDED', ordered({ status: 'REFUNDED' }), 'executed'],
    ['FULL_REFUNDED', ordered({ status: 'FULL_REFUNDED' }), 'executed'],
    ['ERROR', ordered({ status: 'ERROR' }, { transactionId: null }), 'refused'],
    ['CANCELED', ordered({ status: 'CANCELED' }, { transactionId: null }), 'refused'],
    ['EXPIRED', ordered({ status: 'EXPIRED' }, { transactionId: '' }), 'refused'],
    ['ERROR and a payment', ordered({ status: 'ERROR' }), 'unknown'],
    ['another asset', ordered({ asset: 'USDC' }), 'contradicted'],
    ['another amount', ordered({ amount: '23.5' }), 'contradicted'],
    ['another customer', ordered({ customer: 'another' }), 'contradicted'],
    ['another reference', ordered({ reference: 'another' }), 'unknown'],
    ['the code of a missing refund', fails('400302'), 'unknown'],
    ['the code of a missing contract', fails('406207'), 'unknown'],
    ['not found with a 5xx', fails('400202', 500), 'unknown'],
  ],
  bans: [
    ['429 with Retry-After', json('', 429, { 'Retry-After': '3' }), 3_000],
    ['429', json('', 429), 60_000],
    ['418', json('', 418), 120_000],
    ['the 403 of a firewall', json('<html>Forbidden</html>', 403), 120_000],
  ],
}
