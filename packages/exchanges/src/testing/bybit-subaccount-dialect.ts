import type { ExchangeId, MovementReference } from '@tolem/domain/ids'
import type { CreditOrder, DebitOrder } from '@tolem/domain/movement'
import { amountOf } from '@tolem/money/amount'
import { bybitSignature } from './bybit-signature.ts'
import { type Dialect, type Difference, json } from './dialect.ts'

const SECRET = 'bybit-secret'
const CUSTOMER = '592334'

/** Beyond 2^53 and odd, so that a JSON number read as a double would change. */
const MASTER = '9007199254740993'

const debitOrder: DebitOrder = {
  reference: 'tmd010000000000000000000000003' as MovementReference,
  wallet: {
    exchange: 'bybit' as ExchangeId,
    rail: 'bybit-subaccount',
    walletId: CUSTOMER,
    assets: ['ETH', 'USDT'],
  },
  asset: 'ETH',
  amount: amountOf('ETH', 500_000_000_000_000_000n),
}
const creditOrder: CreditOrder = {
  ...debitOrder,
  reference: 'tmc010000000000000000000000003' as MovementReference,
  debitReference: debitOrder.reference,
}

/** Computed with another program: the first 16 bytes of the SHA-256, marked as version 8 and variant 10. */
const UUID: Readonly<Record<string, string>> = {
  [debitOrder.reference]: '11c72d2b-dce0-8fba-adfb-1b5f03a58802',
  [creditOrder.reference]: '57b5735d-f489-80a9-939d-cac0bddb6a9c',
}
const uuidOf = (reference: string) => UUID[reference] ?? '4c3cfe2f-85cb-11ed-ac09-9e37823c81cd'

const fails = (retCode: number, status = 200) =>
  json({ retCode, retMsg: 'message', result: {}, retExtInfo: {}, time: 1_672_189_450_195 }, status)

const succeeds = (result: object) =>
  json({ retCode: 0, retMsg: 'success', result, retExtInfo: {}, time: 1_672_189_450_195 })

/** Bybit V5, Create Universal Transfer. */
const done = (reference: string, { status = 'SUCCESS' }: Difference = {}) =>
  succeeds({ transferId: uuidOf(reference), status })

/** Bybit V5, Get Universal Transfer Records. */
const history = (...list: readonly object[]) => succeeds({ list, nextPageCursor: '' })

const debitRecord = (difference: Difference = {}) =>
  record(debitOrder.reference, difference, {
    fromMemberId: difference.customer ?? CUSTOMER,
    toMemberId: MASTER,
  })

const creditRecord = (difference: Difference = {}) =>
  record(creditOrder.reference, difference, {
    fromMemberId: MASTER,
    toMemberId: difference.customer ?? CUSTOMER,
  })

export const bybitSubaccountDialect: Dialect = {
  rail: 'bybit-subaccount',
  debitOrder,
  creditOrder,
  steps: { USDT: 100n, USDC: 100n, BTC: 1n, ETH: 10n ** 10n, SOL: 10n, TON: 10n },
  settings: (host) => ({
    id: 'bybit' as ExchangeId,
    credentials: { apiKey: 'bybit-key', secret: SECRET },
    receiveWindowMs: 5_000,
    rails: [
      {
        rail: 'bybit-subaccount',
        host,
        masterMemberId: MASTER,
        accountType: 'FUND',
        notFoundIsFinalAfterMs: 16_000,
      },
    ],
    limits: { concurrentCalls: 4, debitsPerSecond: 10, lookUpsPerSecond: 10 },
  }),
  wireReference: uuidOf,
  ...bybitSignature(SECRET),
  promises: {
    reference: { kind: 'undocumented' },
    hasValidityWindow: true,
    notFoundIsFinalAfterMs: 16_000,
  },
  debited: (difference = {}) => done(difference.reference ?? debitOrder.reference, difference),
  credited: (difference = {}) => done(difference.reference ?? creditOrder.reference, difference),
  debitFound: (difference) => history(debitRecord(difference)),
  creditFound: (difference) => history(creditRecord(difference)),
  exchangeReference: {
    debit: uuidOf(debitOrder.reference),
    credit: uuidOf(creditOrder.reference),
  },
  debitNotFound: history(),
  creditNotFound: history(),
  refusals: [
    ['status FAILED', done(debitOrder.reference, { status: 'FAILED' }), 'exchange_refused'],
    ['131212', fails(131212), 'insufficient_funds'],
    ['131228, a deposit still frozen', fails(131228), 'insufficient_funds'],
    ['131208', fails(131208), 'exchange_refused'],
    ['131227', fails(131227), 'exchange_unavailable'],
    ['10002', fails(10002), 'exchange_unavailable'],
    ['10004 with HTTP 401', fails(10004, 401), 'exchange_unavailable'],
    ['10006', fails(10006), 'exchange_unavailable'],
    ['10024', fails(10024), 'exchange_refused'],
    ['HTTP 429', json('', 429), 'exchange_unavailable'],
    ['the IP limit', json('access too frequent', 403), 'exchange_unavailable'],
  ],
  doubts: [
    ['PENDING', done(debitOrder.reference, { status: 'PENDING' })],
    ['STATUS_UNKNOWN', done(debitOrder.reference, { status: 'STATUS_UNKNOWN' })],
    ['a status of tomorrow', done(debitOrder.reference, { status: 'PARKED' })],
    ['131214, an id that exists', fails(131214)],
    ['131082, do not repeat', fails(131082)],
    ['131200', fails(131200)],
    ['131201', fails(131201)],
    ['131230', fails(131230)],
    ['10000', fails(10000)],
    ['10014', fails(10014)],
    ['10016', fails(10016)],
    ['an unknown code', fails(139_999)],
    ['the success of Bybit Pay', fails(20000)],
    ['a code beyond 2^53', json('{"retCode":131212131212131212131,"retMsg":"","result":{}}')],
    ['success without a transfer', succeeds({})],
    ['success without a status', succeeds({ transferId: uuidOf(debitOrder.reference) })],
    ['insufficient funds with a 5xx', fails(131212, 502)],
    ['the 403 of a firewall', json('<html>Forbidden</html>', 403)],
  ],
  creditRefusals: [
    ['a master account without funds', fails(131212)],
    ['10005', fails(10005)],
  ],
  creditDoubts: [
    ['PENDING', done(creditOrder.reference, { status: 'PENDING' })],
    ['131214', fails(131214)],
  ],
  records: [
    ['FAILED', history(debitRecord({ status: 'FAILED' })), 'refused'],
    ['PENDING', history(debitRecord({ status: 'PENDING' })), 'unknown'],
    ['STATUS_UNKNOWN', history(debitRecord({ status: 'STATUS_UNKNOWN' })), 'unknown'],
    [
      'our bare id',
      history({ ...debitRecord(), transferId: uuidOf(debitOrder.reference) }),
      'executed',
    ],
    ['member ids as numbers', history({ ...debitRecord(), fromMemberId: 592334 }), 'executed'],
    ['another asset', history(debitRecord({ asset: 'USDT' })), 'contradicted'],
    ['another amount', history(debitRecord({ amount: '0.50000001' })), 'contradicted'],
    ['another customer', history(debitRecord({ customer: '592335' })), 'contradicted'],
    [
      'the other direction',
      history({ ...debitRecord(), fromMemberId: MASTER, toMemberId: CUSTOMER }),
      'contradicted',
    ],
    [
      'another account type',
      history({ ...debitRecord(), toAccountType: 'UNIFIED' }),
      'contradicted',
    ],
    ['two transfers', history(debitRecord(), debitRecord()), 'contradicted'],
    ['another reference', history(debitRecord({ reference: 'another' })), 'unknown'],
    ['131205', fails(131205), 'unknown'],
    ['131202', fails(131202), 'unknown'],
    ['an empty list with a 5xx', json({ retCode: 0, result: { list: [] } }, 502), 'unknown'],
    ['a list of nothing', succeeds({ list: null }), 'unknown'],
  ],
  bans: [
    ['429 with Retry-After', json('', 429, { 'Retry-After': '3' }), 3_000],
    ['429', json('', 429), 1_000],
    ['403', json('access too frequent', 403), 600_000],
  ],
}

function record(
  own: string,
  difference: Difference,
  members: { readonly fromMemberId: string; readonly toMemberId: string },
) {
  const { reference = own, asset = 'ETH', amount = '0.5', status = 'SUCCESS' } = difference
  return {
    transferId: `universalTransfer_${uuidOf(reference)}_${members.fromMemberId}`,
    coin: asset,
    amount,
    timestamp: '1672134373000',
    status,
    fromAccountType: 'FUND',
    toAccountType: 'FUND',
    ...members,
  }
}
