import { createHmac } from 'node:crypto'
import type { ExchangeId, MovementReference } from '@tolem/domain/ids'
import type { CreditOrder, DebitOrder } from '@tolem/domain/movement'
import { amountOf } from '@tolem/money/amount'
import { type Dialect, type Difference, json } from './dialect.ts'

const SECRET = 'binance-secret'
const CUSTOMER = 'customer+1@tolem.example'
const MASTER = 'master@tolem.example'

/** Beyond 2^53 and not divisible by 8, so that a JSON number read as a double would change. */
const TRAN_ID = '933256278426274427'

const debitOrder: DebitOrder = {
  reference: 'tmd010000000000000000000000002' as MovementReference,
  wallet: {
    exchange: 'binance' as ExchangeId,
    rail: 'binance-subaccount',
    walletId: CUSTOMER,
    assets: ['ETH', 'USDT'],
  },
  asset: 'ETH',
  amount: amountOf('ETH', 12_340_000_000_000_000n),
}
const creditOrder: CreditOrder = {
  ...debitOrder,
  reference: 'tmc010000000000000000000000002' as MovementReference,
  debitReference: debitOrder.reference,
}

const fails = (code: number, msg = 'message', status = 400) => json({ code, msg }, status)

/** The POST's answer (Universal Transfer), its number bare. */
const done = (reference: string) => json(`{"tranId":${TRAN_ID},"clientTranId":"${reference}"}`)

const history = (...transfers: readonly string[]) =>
  json(`{"result":[${transfers.join(',')}],"totalCount":${transfers.length}}`)

const debitRecord = (difference: Difference = {}) =>
  transfer({ reference: debitOrder.reference, fromEmail: CUSTOMER, toEmail: MASTER }, difference)

const creditRecord = (difference: Difference = {}) =>
  transfer({ reference: creditOrder.reference, fromEmail: MASTER, toEmail: CUSTOMER }, difference)

export const binanceDialect: Dialect = {
  rail: 'binance-subaccount',
  debitOrder,
  creditOrder,
  steps: { USDT: 1n, USDC: 1n, BTC: 1n, ETH: 10n ** 10n, SOL: 10n, TON: 10n },
  settings: (host) => ({
    id: 'binance' as ExchangeId,
    credentials: { apiKey: 'binance-key', secret: SECRET },
    receiveWindowMs: 5_000,
    rails: [
      { rail: 'binance-subaccount', host, accountType: 'SPOT', notFoundIsFinalAfterMs: 16_000 },
    ],
    limits: { concurrentCalls: 4, debitsPerSecond: 10, lookUpsPerSecond: 10 },
  }),
  isSigned({ headers, query, body }) {
    const [payload = '', signature] = query.split('&signature=')
    const expected = createHmac('sha256', SECRET).update(payload + body)
    return headers['x-mbx-apikey'] === 'binance-key' && signature === expected.digest('hex')
  },
  promises: {
    reference: { kind: 'undocumented' },
    hasValidityWindow: true,
    notFoundIsFinalAfterMs: 16_000,
  },
  windowOf: ({ query }) => Number(new URLSearchParams(query).get('recvWindow')),
  debited: (difference = {}) => done(difference.reference ?? debitOrder.reference),
  credited: (difference = {}) => done(difference.reference ?? creditOrder.reference),
  debitFound: (difference) => history(debitRecord(difference)),
  creditFound: (difference) => history(creditRecord(difference)),
  exchangeReference: { debit: TRAN_ID, credit: TRAN_ID },
  debitNotFound: history(),
  creditNotFound: history(),
  refusals: [
    [
      'insufficient balance under -2010',
      fails(-2010, 'Account has insufficient balance for requested action.'),
      'insufficient_funds',
    ],
    ['-9000', fails(-9000, 'user have no avaliable amount'), 'insufficient_funds'],
    ['-9000 with HTTP 200', fails(-9000, 'user have no', 200), 'insufficient_funds'],
    ['-5002', fails(-5002), 'insufficient_funds'],
    ['-5013', fails(-5013), 'insufficient_funds'],
    ['-4026', fails(-4026), 'insufficient_funds'],
    ['-1021', fails(-1021), 'exchange_unavailable'],
    ['-1022', fails(-1022), 'exchange_unavailable'],
    ['-2015 with HTTP 401', fails(-2015, 'Invalid API-key', 401), 'exchange_unavailable'],
    ['-1003 with HTTP 429', fails(-1003, 'Too many requests', 429), 'exchange_unavailable'],
    ['-1015', fails(-1015), 'exchange_unavailable'],
    ['HTTP 418', json('', 418), 'exchange_unavailable'],
  ],
  doubts: [
    ['-2010 for a duplicate', fails(-2010, 'Duplicate order sent.')],
    ['-4115, a duplicate', fails(-4115)],
    ['-4111, a duplicate', fails(-4111)],
    ['-4114, a clientTranId', fails(-4114)],
    ['a replay of another transfer', done('another')],
    ['a page of HTML with HTTP 400', json('<html>Bad Request</html>', 400)],
    ['100001002', fails(100001002, 'Unsupported operation')],
    ['-1000', fails(-1000)],
    ['-1006', fails(-1006)],
    ['-1007', fails(-1007)],
    ['-1008', fails(-1008)],
    ['an unknown code', fails(-99999)],
    ['a code beyond 2^53', json('{"code":-99999999999999999999,"msg":""}', 400)],
    ['success with an error status', json(`{"tranId":1,"clientTranId":"x"}`, 400)],
    ['success and an error at once', json(`{"tranId":1,"clientTranId":"x","code":-2010}`)],
    ['a tranId that is no integer', json({ tranId: 1.5, clientTranId: debitOrder.reference })],
    ['no reference', json({ tranId: 1 })],
    ['the 403 of a firewall', json('<html>Forbidden</html>', 403)],
  ],
  creditRefusals: [
    ['a master account without funds', fails(-9000)],
    ['-2015', fails(-2015)],
  ],
  creditDoubts: [['-4115, a duplicate', fails(-4115)]],
  records: [
    ['FAILURE', history(debitRecord({ status: 'FAILURE' })), 'refused'],
    ['PROCESS', history(debitRecord({ status: 'PROCESS' })), 'unknown'],
    ['INIT', history(debitRecord({ status: 'INIT' })), 'unknown'],
    ['another asset', history(debitRecord({ asset: 'USDT' })), 'contradicted'],
    ['another amount', history(debitRecord({ amount: '0.01234001' })), 'contradicted'],
    ['another customer', history(debitRecord({ customer: 'else@x.example' })), 'contradicted'],
    ['no customer', history(debitRecord({ customer: '' })), 'contradicted'],
    ['two transfers', history(debitRecord(), debitRecord()), 'contradicted'],
    ['another reference', history(debitRecord({ reference: 'another' })), 'unknown'],
    ['an unsupported operation', fails(100001002), 'unknown'],
    ['an empty list with a 5xx', json({ result: [], totalCount: 0 }, 502), 'unknown'],
    ['an empty page of a longer history', json({ result: [], totalCount: 1 }), 'unknown'],
    [
      'the first page of a longer history',
      json(`{"result":[${debitRecord()}],"totalCount":501}`),
      'unknown',
    ],
    ['a history without a count', json({ result: [] }), 'unknown'],
    ['a list of nothing', json({ result: null, totalCount: 0 }), 'unknown'],
  ],
  bans: [
    ['429 with Retry-After', fails(-1003, '', 429), 60_000],
    ['418 with Retry-After', json('', 418, { 'Retry-After': '259200' }), 259_200_000],
    ['418', json('', 418), 120_000],
    ['403', json('<html>', 403), 120_000],
  ],
}

function transfer(
  own: { readonly reference: string; readonly fromEmail: string; readonly toEmail: string },
  difference: Difference,
): string {
  const { reference, asset = 'ETH', amount = '0.01234', status = 'SUCCESS' } = difference
  const side = own.fromEmail === CUSTOMER ? 'fromEmail' : 'toEmail'
  const text = JSON.stringify({
    ...own,
    [side]: difference.customer ?? CUSTOMER,
    asset,
    amount,
    createTimeStamp: 1_640_317_374_000,
    fromAccountType: 'SPOT',
    toAccountType: 'SPOT',
    status,
    clientTranId: reference ?? own.reference,
  })
  return text.replace('{', `{"tranId":${TRAN_ID},`)
}
