import type { ConversionOrder } from '@tolem/domain/conversion'
import { expect, onTestFinished, test } from 'vitest'
import { binanceDialect } from './testing/binance-dialect.ts'
import { openBybitConversion, saleOfEther } from './testing/bybit-conversion.ts'
import { bybitSubaccountDialect } from './testing/bybit-subaccount-dialect.ts'
import { json } from './testing/dialect.ts'
import { NOW, openRail } from './testing/opened-rail.ts'

const DAY = 24 * 60 * 60_000
const SPANS = {
  whole: { sentAfter: NOW - 6 * DAY, sentBefore: NOW },
  long: { sentAfter: NOW - 8 * DAY, sentBefore: NOW },
}

test.each(
  [binanceDialect, bybitSubaccountDialect].map((dialect) => [dialect.rail, dialect] as const),
)('a history of %s that was searched in part only does not say "not found"', async (_, dialect) => {
  const { exchange, rail, close } = await openRail(dialect)
  onTestFinished(close)
  exchange.play(dialect.debitNotFound)
  const { debitOrder, creditOrder } = dialect
  expect(await rail.lookUpDebit(debitOrder, SPANS.whole)).toEqual({ kind: 'not_found' })
  expect(await rail.lookUpDebit(debitOrder, SPANS.long)).toMatchObject({ kind: 'unknown' })
  expect(await rail.lookUpCredit(creditOrder, SPANS.long)).toMatchObject({ kind: 'unknown' })
  exchange.play(dialect.debitFound())
  expect(await rail.lookUpDebit(debitOrder, SPANS.long)).toMatchObject({ kind: 'executed' })
})

test('nor does the history of Bybit’s orders', async () => {
  const { exchange, port, close } = await openBybitConversion('spot')
  onTestFinished(close)
  exchange.play(json({ retCode: 0, retMsg: '', result: { list: [] } }))
  const order: ConversionOrder = saleOfEther
  const ticket = { text: order.reference as string }
  expect(await port.lookUp(order, ticket, SPANS.whole)).toEqual({ kind: 'not_found' })
  expect(await port.lookUp(order, ticket, SPANS.long)).toMatchObject({ kind: 'in_doubt' })
})
