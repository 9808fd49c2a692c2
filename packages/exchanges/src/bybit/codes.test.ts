import { expect, onTestFinished, test } from 'vitest'
import { bybitDialect } from '../testing/bybit-dialect.ts'
import { json } from '../testing/dialect.ts'
import { NOW, openRail } from '../testing/opened-rail.ts'

const { debitOrder, creditOrder } = bybitDialect
const LIMIT = { timeoutMs: 1_000 }
const SPAN = { sentAfter: NOW, sentBefore: NOW }

const FUNDS = 'insufficient_funds'
const REFUSED = 'exchange_refused'
const UNAVAILABLE = 'exchange_unavailable'
const DOUBT = 'in_doubt'

/**
 * Every code of Bybit Pay's table (pay-docs, error-codes) and of the gateway (Bybit V5, Error Codes): what it says of a
 * payment, of a refund, and of a record of each that was asked for.
 */
const CODES: readonly (readonly [code: number, pay: string, refund: string, find?: string])[] = [
  [40000, UNAVAILABLE, 'rejected'],
  [40001, UNAVAILABLE, 'rejected'],
  [40002, UNAVAILABLE, 'rejected'],
  [40003, UNAVAILABLE, 'rejected'],
  [40004, DOUBT, DOUBT],
  [42900, UNAVAILABLE, 'rejected'],
  [50000, DOUBT, DOUBT],
  [50001, DOUBT, DOUBT],
  [50002, DOUBT, DOUBT],
  [139001001, REFUSED, 'rejected'],
  [139001002, REFUSED, DOUBT],
  [139001003, REFUSED, DOUBT],
  [139001004, REFUSED, 'rejected'],
  [139001005, REFUSED, 'rejected'],
  [139001006, UNAVAILABLE, 'rejected'],
  [139001007, DOUBT, DOUBT],
  [139001008, DOUBT, DOUBT],
  [139001009, UNAVAILABLE, 'rejected'],
  [139001010, REFUSED, 'rejected'],
  [139001011, REFUSED, 'rejected'],
  [139001012, DOUBT, DOUBT],
  [139001013, REFUSED, 'rejected'],
  [139002001, DOUBT, 'rejected', 'debit and credit'],
  [139002002, REFUSED, DOUBT],
  [139002003, FUNDS, 'rejected'],
  [139002004, DOUBT, DOUBT],
  [139002005, DOUBT, DOUBT],
  [139003001, DOUBT, DOUBT],
  [139003002, DOUBT, DOUBT],
  [139003003, DOUBT, DOUBT],
  [139003004, DOUBT, DOUBT, 'credit'],
  [139004001, UNAVAILABLE, 'rejected'],
  [139004002, REFUSED, 'rejected'],
  [139004003, REFUSED, 'rejected'],
  [139004004, REFUSED, 'rejected'],
  [139004005, REFUSED, 'rejected'],
  [139004006, REFUSED, 'rejected'],
  [139004007, REFUSED, 'rejected'],
  [139004008, REFUSED, 'rejected'],
  [139005001, REFUSED, 'rejected'],
  [139005002, UNAVAILABLE, 'rejected'],
  [139005003, UNAVAILABLE, 'rejected'],
  [139005004, UNAVAILABLE, 'rejected'],
  [139006001, UNAVAILABLE, 'rejected'],
  [139006002, REFUSED, 'rejected'],
  [139006004, UNAVAILABLE, 'rejected'],
  [-1, UNAVAILABLE, 'rejected'],
  [429, DOUBT, DOUBT],
  [10000, DOUBT, DOUBT],
  [10001, UNAVAILABLE, 'rejected'],
  [10002, UNAVAILABLE, 'rejected'],
  [10003, UNAVAILABLE, 'rejected'],
  [10004, UNAVAILABLE, 'rejected'],
  [10005, UNAVAILABLE, 'rejected'],
  [10006, UNAVAILABLE, 'rejected'],
  [10007, UNAVAILABLE, 'rejected'],
  [10008, UNAVAILABLE, 'rejected'],
  [10009, UNAVAILABLE, 'rejected'],
  [10010, UNAVAILABLE, 'rejected'],
  [10014, DOUBT, DOUBT],
  [10016, DOUBT, DOUBT],
  [10017, UNAVAILABLE, 'rejected'],
  [10024, REFUSED, 'rejected'],
  [10027, REFUSED, 'rejected'],
  [10028, UNAVAILABLE, 'rejected'],
  [10029, UNAVAILABLE, 'rejected'],
  [100028, UNAVAILABLE, 'rejected'],
  [139006003, DOUBT, DOUBT],
  [0, DOUBT, DOUBT],
]

test.each(CODES.map(([code, pay, refund, find = '']) => ({ code, pay, refund, find })))(
  'code $code says $pay of a payment and $refund of a refund',
  async ({ code, pay, refund, find }) => {
    const { exchange, rail, close } = await openRail(bybitDialect)
    onTestFinished(close)
    exchange.play(json({ retCode: code, retMsg: 'Error description', result: null }))
    const debited = await rail.debit(debitOrder, LIMIT)
    expect(debited.kind === 'rejected' ? debited.reason : debited.kind).toBe(pay)
    expect((await rail.credit(creditOrder, LIMIT)).kind).toBe(refund)
    const kindOf = (side: string) => (find.includes(side) ? 'not_found' : 'unknown')
    expect((await rail.lookUpDebit(debitOrder, SPAN)).kind).toBe(kindOf('debit'))
    expect((await rail.lookUpCredit(creditOrder, SPAN)).kind).toBe(kindOf('credit'))
  },
)
