import { expect, onTestFinished, test } from 'vitest'
import { binanceDialect } from './testing/binance-dialect.ts'
import { binancePayDialect } from './testing/binance-pay-dialect.ts'
import { bybitDialect } from './testing/bybit-dialect.ts'
import { bybitSubaccountDialect } from './testing/bybit-subaccount-dialect.ts'
import { openRails } from './testing/opened-rails.ts'
import { partnerDialect } from './testing/partner-dialect.ts'

const DIALECTS = [
  bybitDialect,
  bybitSubaccountDialect,
  binanceDialect,
  binancePayDialect,
  partnerDialect,
]
const SPAN = { sentAfter: 0, sentBefore: 1 }

test.each(DIALECTS.map((dialect) => [dialect.rail, dialect] as const))(
  '%s: a look-up that our own rate does not let out is told from one that says nothing',
  async (_rail, { rail: name, settings, debitOrder, creditOrder }) => {
    const limits = { concurrentCalls: 4, debitsPerSecond: 1, lookUpsPerSecond: 1 }
    const { exchange, rails, close } = await openRails((host) => ({ ...settings(host), limits }))
    onTestFinished(close)
    const rail = rails.railFor(settings(exchange.host).id, name)
    exchange.play({ status: 502, body: '' })
    const asked = await rail?.lookUpDebit(debitOrder, SPAN)
    expect(asked).toEqual({ kind: 'unknown', detail: expect.any(String) })
    const seen = exchange.seen.length
    const unsent = { kind: 'unknown', isUnsent: true }
    expect(await rail?.lookUpDebit(debitOrder, SPAN)).toMatchObject(unsent)
    expect(await rail?.lookUpCredit(creditOrder, SPAN)).toMatchObject(unsent)
    expect(exchange.seen).toHaveLength(seen)
  },
)
