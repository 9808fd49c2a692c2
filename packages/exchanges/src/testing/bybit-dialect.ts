import type { ExchangeId, MovementReference } from '@tolem/domain/ids'
import type { CreditOrder, DebitOrder } from '@tolem/domain/movement'
import { amountOf } from '@tolem/money/amount'
import { bybitSignature } from './bybit-signature.ts'
import { type Dialect, type Difference, json } from './dialect.ts'

const SECRET = 'bybit-secret'

const debitOrder: DebitOrder = {
  reference: 'tmd010000000000000000000000001' as MovementReference,
  wallet: {
    exchange: 'bybit' as ExchangeId,
    rail: 'bybit-pay',
    walletId: 'AGR202601070001',
    userId: 'U_123456789',
    assets: ['USDT', 'BTC'],
  },
  asset: 'USDT',
  amount: amountOf('USDT', 2_350_000_000n),
}
const creditOrder: CreditOrder = {
  ...debitOrder,
  reference: 'tmc010000000000000000000000001' as MovementReference,
  debitReference: debitOrder.reference,
}

const fails = (retCode: number, status = 200) =>
  json({ retCode, retMsg: 'Error description', result: null }, status)

/** pay-docs, deduction and query: 23.5 USDT in 10^-6. */
const pay = (difference: Difference = {}, more: object = {}) =>
  json({
    retCode: 20000,
    retMsg: 'Success',
    result: {
      order_no: 'ORD202601070001',
      trade_no: 'PAY202601070001',
      out_trade_no: difference.reference ?? debitOrder.reference,
      status: difference.status ?? 'SUCCESS',
      amount: wireAmount(difference),
      pay_time: '2026-01-07T10:30:00Z',
      ...more,
    },
  })

/** pay-docs, refund and query with record_type REFUND. */
const refund = (difference: Difference = {}, more: object = {}) =>
  json({
    retCode: 20000,
    retMsg: 'Success',
    result: {
      refund_no: 'RF202601070001',
      out_refund_no: difference.reference ?? creditOrder.reference,
      trade_no: 'PAY202601070001',
      status: difference.status ?? 'SUCCESS',
      refund_amount: wireAmount(difference),
      refund_time: '2026-01-07T11:30:00Z',
      ...more,
    },
  })

const failed = (failure_reason: string) => pay({ status: 'FAILED' }, { failure_reason })

export const bybitDialect: Dialect = {
  rail: 'bybit-pay',
  debitOrder,
  creditOrder,
  steps: { USDT: 100n, USDC: 100n, BTC: 1n, ETH: 1n, SOL: 1n, TON: 1n },
  settings: (host) => ({
    id: 'bybit' as ExchangeId,
    credentials: { apiKey: 'bybit-key', secret: SECRET },
    receiveWindowMs: 5_000,
    rails: [
      {
        rail: 'bybit-pay',
        host,
        merchantId: 'M123456789',
        chains: { USDT: 'TRC20' },
        notFoundIsFinalAfterMs: 31_000,
      },
    ],
    limits: { concurrentCalls: 4, debitsPerSecond: 10, lookUpsPerSecond: 10 },
  }),
  ...bybitSignature(SECRET),
  promises: {
    reference: { kind: 'for_ever' },
    hasValidityWindow: true,
    notFoundIsFinalAfterMs: 31_000,
  },
  debited: pay,
  credited: refund,
  debitFound: pay,
  creditFound: refund,
  exchangeReference: { debit: 'PAY202601070001', credit: 'RF202601070001' },
  debitNotFound: fails(139002001),
  creditNotFound: fails(139003004),
  refusals: [
    ['a failed payment for want of funds', failed('BALANCE_NOT_ENOUGH'), 'insufficient_funds'],
    ['a failed payment by risk control', failed('RISK_REJECT'), 'exchange_refused'],
    ['BALANCE_NOT_ENOUGH', fails(139002003), 'insufficient_funds'],
    ['AGREEMENT_UNSIGNED', fails(139001003), 'exchange_refused'],
    ['QUOTA_EXCEEDED', fails(139002002), 'exchange_refused'],
    ['UNAUTHORIZED with HTTP 401', fails(40001, 401), 'exchange_unavailable'],
    ['INVALID_SIGNATURE', fails(139005002), 'exchange_unavailable'],
    ['the gateway outside our time window', fails(10002), 'exchange_unavailable'],
    ['the gateway over its rate', fails(10006), 'exchange_unavailable'],
    ['TOO_MANY_REQUESTS', fails(42900, 429), 'exchange_unavailable'],
    ['the IP limit', json('access too frequent', 403), 'exchange_unavailable'],
  ],
  doubts: [
    ['PROCESSING', pay({ status: 'PROCESSING' })],
    ['TIMEOUT', pay({ status: 'TIMEOUT' })],
    ['a status of tomorrow', pay({ status: 'PARKED' })],
    ['an undocumented failure', failed('SOMETHING_NEW')],
    ['a failure that means a duplicate', failed('DUPLICATE_REQUEST')],
    ['DUPLICATE_REQUEST', fails(40004)],
    ['TRADE_PROCESSING', fails(139002005)],
    ['SYSTEM_ERROR', fails(50000)],
    ['DOWNSTREAM_ERROR', fails(50002)],
    ['an unknown code', fails(139009999)],
    ['the zero of the other V5 products', json({ retCode: 0, retMsg: 'OK', result: {} })],
    ['success without a result', json({ retCode: 20000, retMsg: 'Success', result: null })],
    ['a fiat amount', pay({}, { amount: { total: '23500000', currency: 'USDT' } })],
    ['another asset', pay({ asset: 'USDC' })],
    ['another amount', pay({ amount: '23500001' })],
  ],
  creditRefusals: [
    ['FAILED', refund({ status: 'FAILED' }, { failure_reason: 'RISK_REJECT' })],
    ['INVALID_AMOUNT', fails(139004004)],
  ],
  creditDoubts: [
    ['PROCESSING', refund({ status: 'PROCESSING' })],
    ['more than is left to refund, perhaps by our own first attempt', fails(139003001)],
    ['another amount', refund({ amount: '1' })],
  ],
  records: [
    ['FAILED', failed('BALANCE_NOT_ENOUGH'), 'refused'],
    ['PROCESSING', pay({ status: 'PROCESSING' }), 'unknown'],
    ['TIMEOUT', pay({ status: 'TIMEOUT' }), 'unknown'],
    ['another asset', pay({ asset: 'USDC' }), 'contradicted'],
    ['another amount', pay({ amount: '23500001' }), 'contradicted'],
    ['another reference', pay({ reference: 'another' }), 'unknown'],
    ['the code of a missing refund', fails(139003004), 'unknown'],
    ['a missing path', fails(40003, 404), 'unknown'],
    ['not found with a 5xx', fails(139002001, 500), 'unknown'],
  ],
  bans: [
    ['429 with Retry-After', json('', 429, { 'Retry-After': '3' }), 3_000],
    ['429 with retry_after', json({ retCode: 42900, result: { retry_after: 7000 } }, 429), 7_000],
    ['429', json('', 429), 1_000],
    ['403', json('access too frequent', 403), 600_000],
  ],
}

function wireAmount(difference: Difference) {
  return {
    total: difference.amount ?? '23500000',
    currency: difference.asset ?? 'USDT',
    currency_type: 'CRYPTO',
    chain: 'TRC20',
  }
}
