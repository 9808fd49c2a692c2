import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MovementReference } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { bybitSubaccountDialect as dialect } from '../testing/bybit-subaccount-dialect.ts'
import { json } from '../testing/dialect.ts'
import { NOW, openRail } from '../testing/opened-rail.ts'
import { transferIdOf } from './transfer-id.ts'

const { debitOrder, creditOrder } = dialect
const LIMIT = { timeoutMs: 1_000 }
const SPAN = { sentAfter: NOW - 1_500.5, sentBefore: NOW - 0.5 }
const MINUTE = 60_000
const MASTER = '9007199254740993'

async function opened() {
  const { exchange, rail, close } = await openRail(dialect)
  onTestFinished(close)
  const queries = () =>
    exchange.seen.map(({ path, query }) => [path, Object.fromEntries(new URLSearchParams(query))])
  return { exchange, rail, queries }
}

const sample = (name: string) =>
  readFileSync(join(import.meta.dirname, `../samples/${name}.json`), 'utf8')

const result = (of: object) => json({ retCode: 0, retMsg: 'success', result: of })

test('a transfer names both members as whole numbers and exactly our amount', async () => {
  const { exchange, rail } = await opened()
  exchange.play(dialect.debited())
  await rail.debit(debitOrder, LIMIT)
  await rail.credit(creditOrder, LIMIT)
  const paths = exchange.seen.map(({ method, path }) => `${method} ${path}`)
  expect(paths).toEqual(Array(2).fill('POST /v5/asset/transfer/universal-transfer'))
  const body = (id: string, from: string, to: string) =>
    `{"transferId":"${id}","coin":"ETH","amount":"0.5","fromAccountType":"FUND",` +
    `"toAccountType":"FUND","fromMemberId":${from},"toMemberId":${to}}`
  const { debit, credit } = dialect.exchangeReference
  expect(exchange.seen.map((request) => request.body)).toEqual([
    body(debit, '592334', MASTER),
    body(credit, MASTER, '592334'),
  ])
  expect(exchange.seen[0]?.headers['content-type']).toBe('application/json')
})

test('look-ups name our id and whole seconds around the time of sending, at most seven days', async () => {
  const { exchange, rail, queries } = await opened()
  exchange.play(dialect.debitNotFound)
  await rail.lookUpDebit(debitOrder, SPAN)
  await rail.lookUpCredit(creditOrder, { sentAfter: 0, sentBefore: NOW })
  const path = '/v5/asset/transfer/query-universal-transfer-list'
  const { debit, credit } = dialect.exchangeReference
  const second = Math.floor((NOW - 1_501) / 1_000) * 1_000
  expect(queries()).toEqual([
    [
      path,
      {
        transferId: debit,
        coin: 'ETH',
        startTime: String(second - 5 * MINUTE),
        endTime: String(NOW + 5 * MINUTE),
        limit: '50',
      },
    ],
    [
      path,
      {
        transferId: credit,
        coin: 'ETH',
        startTime: String(-5 * MINUTE),
        endTime: String(7 * 24 * 60 * MINUTE - 5 * MINUTE),
        limit: '50',
      },
    ],
  ])
})

test('a history that ignores our filter is read on, four pages at most, and proves nothing by its end', async () => {
  const { exchange, rail, queries } = await opened()
  const stranger = { ...ours(), transferId: 'universalTransfer_another_592334' }
  exchange.play(result({ list: [stranger], nextPageCursor: 'eyJtaW5JRCI6MX0=' }))
  expect(await rail.lookUpDebit(debitOrder, SPAN)).toMatchObject({ kind: 'unknown' })
  const cursors = queries().map(([, query]) => (query as Record<string, string>)['cursor'])
  expect(cursors).toEqual([undefined, ...Array(3).fill('eyJtaW5JRCI6MX0=')])
  expect(exchange.seen.every((request) => dialect.isSigned(request))).toBe(true)
})

test('an empty page that names another one is read on, and only the end of empty pages is "not found"', async () => {
  const { exchange, rail, queries } = await opened()
  const pages = [result({ list: [], nextPageCursor: 'two' }), result({ list: [ours()] })]
  exchange.play(() => pages.shift() ?? 'silence')
  expect(await rail.lookUpDebit(debitOrder, SPAN)).toMatchObject({ kind: 'executed' })
  expect(queries()).toHaveLength(2)
  exchange.play(({ query }) =>
    result({ list: [], nextPageCursor: query.includes('cursor') ? '' : 'two' }),
  )
  expect(await rail.lookUpDebit(debitOrder, SPAN)).toEqual({ kind: 'not_found' })
  exchange.play(result({ list: [], nextPageCursor: 'more' }))
  expect(await rail.lookUpDebit(debitOrder, SPAN)).toMatchObject({ kind: 'unknown' })
})

test('a place to read on at that is no text proves nothing', async () => {
  const { exchange, rail } = await opened()
  const stranger = { ...ours(), transferId: 'universalTransfer_another_592334' }
  exchange.play(result({ list: [stranger], nextPageCursor: '\ud800' }))
  expect(await rail.lookUpDebit(debitOrder, SPAN)).toMatchObject({ kind: 'unknown' })
})

test('our transfer on a later page of such a history is found', async () => {
  const { exchange, rail } = await opened()
  const stranger = { ...ours(), transferId: 'universalTransfer_another_592334' }
  exchange.play(result({ list: [stranger], nextPageCursor: 'two' }))
  const found = rail.lookUpDebit(debitOrder, SPAN)
  while (exchange.seen.length === 0) await new Promise((resolve) => setImmediate(resolve))
  exchange.play(result({ list: [ours()], nextPageCursor: '' }))
  expect(await found).toMatchObject({ kind: 'executed' })
})

test('the published history is read, and a transfer between other members is not taken for ours', async () => {
  const { exchange, rail } = await opened()
  exchange.play(json(sample('bybit-universal-transfer-list')))
  expect(await rail.lookUpDebit(debitOrder, SPAN)).toMatchObject({ kind: 'unknown' })
  exchange.play(
    json(
      sample('bybit-universal-transfer-list').replace(
        '4c3cfe2f-85cb-11ed-ac09-9e37823c81cd',
        dialect.exchangeReference.debit,
      ),
    ),
  )
  expect(await rail.lookUpDebit(debitOrder, SPAN)).toMatchObject({ kind: 'contradicted' })
})

test('an order that cannot be expressed never leaves', async () => {
  const { exchange, rail } = await opened()
  const wallets = ['', 'customer@tolem.example', '0592334', '5'.repeat(20), MASTER]
  for (const walletId of wallets) {
    const order = { ...debitOrder, wallet: { ...debitOrder.wallet, walletId } }
    const said = await rail.debit(order, LIMIT)
    expect(said).toMatchObject({ kind: 'rejected', reason: 'exchange_unavailable' })
  }
  expect(exchange.seen).toEqual([])
})

const balances = (...balance: readonly object[]) =>
  result({ memberId: '592334', accountType: 'FUND', balance })

test('balances are what can be moved of the wallet’s assets, in the cardholder’s order, in whole steps', async () => {
  const { exchange, rail } = await opened()
  const coin = (name: string, transferBalance: string) => ({
    coin: name,
    transferBalance,
    walletBalance: '99999',
    bonus: '',
  })
  exchange.play(balances(coin('USDT', '10.5'), coin('ADA', '1'), coin('ETH', '0.123456789')))
  expect(await rail.balances(debitOrder, LIMIT)).toEqual({
    ok: true,
    value: [
      { asset: 'ETH', amount: amountOf('ETH', 123_456_780_000_000_000n) },
      { asset: 'USDT', amount: amountOf('USDT', 1_050_000_000n) },
    ],
  })
  const [request] = exchange.seen
  expect([request?.path, request?.query]).toEqual([
    '/v5/asset/transfer/query-account-coins-balance',
    'memberId=592334&accountType=FUND&coin=ETH,USDT',
  ])
})

test('a balance that is empty is not told, and a safe amount counts where it is told', async () => {
  const { exchange, rail } = await opened()
  exchange.play(
    balances(
      { coin: 'ETH', transferBalance: '', walletBalance: '1' },
      { coin: 'USDT', transferBalance: '11999', transferSafeAmount: '7602.4861' },
    ),
  )
  const usdt = { asset: 'USDT', amount: amountOf('USDT', 760_248_610_000n) }
  expect(await rail.balances(debitOrder, LIMIT)).toEqual({ ok: true, value: [usdt] })
  exchange.play(balances({ coin: 'USDT', transferBalance: '5', transferSafeAmount: '' }))
  const five = { asset: 'USDT', amount: amountOf('USDT', 500_000_000n) }
  expect(await rail.balances(debitOrder, LIMIT)).toEqual({ ok: true, value: [five] })
})

test('a recorded answer about balances is read, and one about another member is not taken for ours', async () => {
  const { exchange, rail } = await opened()
  exchange.play(result(JSON.parse(sample('bybit-all-coins-balance'))))
  expect(await rail.balances(debitOrder, LIMIT)).toEqual({ ok: false, reason: 'unavailable' })
  const wallet = { ...debitOrder.wallet, walletId: '146940', assets: ['BTC'] as const }
  expect(await rail.balances({ wallet }, LIMIT)).toEqual({ ok: false, reason: 'unavailable' })
  const said = sample('bybit-all-coins-balance').replace('UNIFIED', 'FUND')
  exchange.play(result(JSON.parse(said)))
  const bitcoin = { asset: 'BTC', amount: amountOf('BTC', 116_327_264n) }
  expect(await rail.balances({ wallet }, LIMIT)).toEqual({ ok: true, value: [bitcoin] })
})

/** Bybit V5, Error Codes: every code of transfers and of the gateway, by what it says about a debit. */
const MEANINGS = {
  insufficient_funds: [131212, 131228],
  exchange_refused: [
    131202, 131206, 131207, 131208, 131213, 131217, 131226, 131229, 131231, 131232, 131233, 131239,
    10024, 10027,
  ],
  exchange_unavailable: [
    131203, 131210, 131211, 131215, 131227, -1, 10001, 10002, 10003, 10004, 10005, 10006, 10007,
    10008, 10009, 10010, 10017, 10028, 10029, 100028,
  ],
  in_doubt: [
    131082, 131200, 131201, 131204, 131205, 131209, 131214, 131216, 131230, 429, 10000, 10014,
    10016, 131234, 131001,
  ],
} as const

test.each(
  Object.entries(MEANINGS).flatMap(([meaning, codes]) => codes.map((code) => [code, meaning])),
)(
  'code %d says %s about a debit, proves nothing in a history and tells no balance',
  async (code, meaning) => {
    const { exchange, rail } = await opened()
    exchange.play(json({ retCode: code, retMsg: 'message', result: {}, retExtInfo: {}, time: 1 }))
    const said = await rail.debit(debitOrder, LIMIT)
    expect(said.kind === 'rejected' ? said.reason : said.kind).toBe(meaning)
    expect(await rail.lookUpDebit(debitOrder, SPAN)).toMatchObject({ kind: 'unknown' })
    expect(await rail.balances(debitOrder, LIMIT)).toEqual({ ok: false, reason: 'unavailable' })
  },
)

test('each reference has one transferId of its own, a UUID of version 8', () => {
  const letters = fc.stringMatching(/^tm[dc][0-9a-z]{27}$/)
  fc.assert(
    fc.property(letters, letters, (one, other) => {
      const [left, right] = [one, other].map((text) => transferIdOf(text as MovementReference))
      expect(left).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      expect(left === right).toBe(one === other)
    }),
  )
})

function ours() {
  return {
    transferId: `universalTransfer_${dialect.exchangeReference.debit}_592334`,
    coin: 'ETH',
    amount: '0.5',
    timestamp: '1672134373000',
    status: 'SUCCESS',
    fromAccountType: 'FUND',
    toAccountType: 'FUND',
    fromMemberId: '592334',
    toMemberId: MASTER,
  }
}
