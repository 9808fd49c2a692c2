import { createHmac } from 'node:crypto'
import type { ExchangeId, MovementReference } from '@tolem/domain/ids'
import type { CreditOrder, DebitOrder } from '@tolem/domain/movement'
import { amountOf } from '@tolem/money/amount'
import { type Dialect, type Difference, json } from './dialect.ts'

const SECRET = 'partner-secret'

const debitOrder: DebitOrder = {
  reference: 'tmd010000000000000000000000004' as MovementReference,
  wallet: {
    exchange: 'partner' as ExchangeId,
    rail: 'partner-transfer',
    walletId: 'acc-1@partner.example',
    assets: ['USDT'],
  },
  asset: 'USDT',
  amount: amountOf('USDT', 2_350_000_001n),
}
const creditOrder: CreditOrder = {
  ...debitOrder,
  reference: 'tmc010000000000000000000000004' as MovementReference,
  debitReference: debitOrder.reference,
}

const fails = (error: string, status: number, headers = {}) =>
  json({ error, message: 'for people' }, status, headers)

const transferOf =
  (order: DebitOrder, kind: 'debit' | 'credit', id: string) =>
  (difference: Difference = {}, more: object = {}) =>
    json({
      transfer: {
        id,
        reference: difference.reference ?? order.reference,
        kind,
        account: difference.customer ?? order.wallet.walletId,
        asset: difference.asset ?? 'USDT',
        amount: difference.amount ?? '23.500000010',
        status: difference.status ?? 'executed',
        at: 1_767_780_000_123,
        ...more,
      },
    })
const debit = transferOf(debitOrder, 'debit', 't-1')
const credit = transferOf(creditOrder, 'credit', 't-2')
const notFound = fails('not_found', 404)

export const partnerDialect: Dialect = {
  rail: 'partner-transfer',
  debitOrder,
  creditOrder,
  steps: { USDT: 1n, USDC: 1n, BTC: 1n, ETH: 10n ** 10n, SOL: 10n, TON: 10n },
  settings: (host) => ({
    id: 'partner' as ExchangeId,
    credentials: { apiKey: 'partner-key', secret: SECRET },
    receiveWindowMs: 5_000,
    rails: [{ rail: 'partner-transfer', host, notFoundIsFinalAfterMs: 3_000 }],
    limits: { concurrentCalls: 4, debitsPerSecond: 10, lookUpsPerSecond: 10 },
  }),
  isSigned({ headers, method, path, query, body }) {
    const target = query ? `${path}?${query}` : path
    const [timestamp, expires] = [headers['partner-timestamp'], headers['partner-expires']]
    const text = [method, target, timestamp, expires, body].join('\n')
    const expected = createHmac('sha256', SECRET).update(text).digest('hex')
    return headers['partner-key'] === 'partner-key' && headers['partner-signature'] === expected
  },
  windowOf: ({ headers }) =>
    Number(headers['partner-expires']) - Number(headers['partner-timestamp']),
  promises: {
    reference: { kind: 'for_ever' },
    hasValidityWindow: true,
    notFoundIsFinalAfterMs: 3_000,
  },
  debited: debit,
  credited: credit,
  debitFound: debit,
  creditFound: credit,
  exchangeReference: { debit: 't-1', credit: 't-2' },
  debitNotFound: notFound,
  creditNotFound: notFound,
  refusals: [
    ['want of funds', fails('insufficient_funds', 409), 'insufficient_funds'],
    [
      'a transfer refused for want of funds',
      debit({ status: 'refused' }, { reason: 'insufficient_funds' }),
      'insufficient_funds',
    ],
    ['a refused transfer', debit({ status: 'refused' }, { reason: 'risk' }), 'exchange_refused'],
    ['an unknown account', fails('account_unknown', 404), 'exchange_refused'],
    ['a closed account', fails('account_closed', 409), 'exchange_refused'],
    ['an unknown asset', fails('asset_unknown', 400), 'exchange_refused'],
    ['a wrong signature', fails('signature_invalid', 401), 'exchange_unavailable'],
    ['an unknown key', fails('key_unknown', 401), 'exchange_unavailable'],
    ['a missing permission', fails('permission_missing', 403), 'exchange_unavailable'],
    ['a malformed request', fails('malformed', 400), 'exchange_unavailable'],
    ['clocks that differ', fails('timestamp_invalid', 400), 'exchange_unavailable'],
    ['an expired request', fails('expired', 400), 'exchange_unavailable'],
    ['too many requests', fails('rate_limited', 429), 'exchange_unavailable'],
    ['a ban', fails('banned', 403), 'exchange_unavailable'],
  ],
  doubts: [
    ['pending', debit({ status: 'pending' })],
    ['a status of tomorrow', debit({ status: 'parked' })],
    ['a reused reference', fails('reference_reused', 409)],
    ['unavailable', fails('unavailable', 503)],
    ['an unknown code', fails('full_moon', 400)],
    ['not found', notFound],
    ['an error under HTTP 200', fails('insufficient_funds', 200)],
    ['another asset', debit({ asset: 'USDC' })],
    ['another amount', debit({ amount: '23.5' })],
    ['another account', debit({ customer: 'acc-2' })],
    ['another direction', debit({}, { kind: 'credit' })],
    ['a transfer without an id', debit({}, { id: '' })],
  ],
  creditRefusals: [
    ['a credit beyond its debit', fails('credit_exceeds_debit', 409)],
    ['a credit of nothing', fails('debit_unknown', 404)],
    ['want of the programme’s funds', fails('insufficient_funds', 409)],
  ],
  creditDoubts: [
    ['pending', credit({ status: 'pending' })],
    ['another amount', credit({ amount: '23.5' })],
    ['another direction', credit({}, { kind: 'debit' })],
    ['a reused reference', fails('reference_reused', 409)],
  ],
  records: [
    ['pending', debit({ status: 'pending' }), 'unknown'],
    ['a status of tomorrow', debit({ status: 'parked' }), 'unknown'],
    ['refused', debit({ status: 'refused' }, { reason: 'risk' }), 'refused'],
    ['another asset', debit({ asset: 'USDC' }), 'contradicted'],
    ['another amount', debit({ amount: '23.5' }), 'contradicted'],
    ['another account', debit({ customer: 'acc-2' }), 'contradicted'],
    ['another direction', debit({}, { kind: 'credit' }), 'contradicted'],
    ['another reference', debit({ reference: 'another' }), 'unknown'],
    ['not found under another status', fails('not_found', 400), 'unknown'],
    ['an unknown code', fails('full_moon', 404), 'unknown'],
    ['not found with a 5xx', fails('not_found', 500), 'unknown'],
  ],
  bans: [
    ['429 with Retry-After', fails('rate_limited', 429, { 'Retry-After': '3' }), 3_000],
    ['429', fails('rate_limited', 429), 1_000],
    ['a ban with Retry-After', fails('banned', 403, { 'Retry-After': '90' }), 90_000],
    ['a ban', fails('banned', 403), 60_000],
  ],
}
