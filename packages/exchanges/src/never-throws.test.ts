import type { MovementReference } from '@tolem/domain/ids'
import type { CreditOrder } from '@tolem/domain/movement'
import { amountOf } from '@tolem/money/amount'
import { CRYPTO_ASSETS } from '@tolem/money/asset'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { createRails } from './compose.ts'
import { binanceDialect } from './testing/binance-dialect.ts'
import { binancePayDialect } from './testing/binance-pay-dialect.ts'
import { bybitDialect } from './testing/bybit-dialect.ts'
import { bybitSubaccountDialect } from './testing/bybit-subaccount-dialect.ts'
import type { Dialect } from './testing/dialect.ts'
import { NOW } from './testing/opened-rail.ts'
import { partnerDialect } from './testing/partner-dialect.ts'
import { type Reply, startScriptedExchange } from './testing/scripted-exchange.ts'

const DIALECTS = [
  bybitDialect,
  bybitSubaccountDialect,
  binanceDialect,
  binancePayDialect,
  partnerDialect,
]

const LIMIT = { timeoutMs: 2_000 }

/** What a text of a database can hold: every character but the zero, and no half of one. */
const text = fc
  .string({ unit: 'binary', maxLength: 80 })
  .map((value) => value.replaceAll('\u0000', ''))

/** An order as it could stand in a database, whatever wrote it there. */
const orders = (dialect: Dialect) =>
  fc
    .record({
      reference: fc.oneof(fc.constant(dialect.debitOrder.reference), text),
      walletId: fc.oneof(fc.constant(dialect.debitOrder.wallet.walletId), text, fc.constant('')),
      userId: fc.option(text, { nil: undefined }),
      asset: fc.constantFrom(...CRYPTO_ASSETS),
      amount: fc.bigInt({ min: 0n, max: 10n ** 38n - 1n }),
      debitExchangeReference: fc.option(text, { nil: undefined }),
    })
    .map(({ reference, walletId, userId, asset, amount, debitExchangeReference }): CreditOrder => {
      const { userId: _, ...wallet } = dialect.debitOrder.wallet
      return {
        reference: reference as MovementReference,
        debitReference: dialect.debitOrder.reference,
        wallet: { ...wallet, walletId, ...(userId === undefined ? {} : { userId }) },
        asset,
        amount: amountOf(asset, amount),
        ...(debitExchangeReference === undefined ? {} : { debitExchangeReference }),
      }
    })

/** What an exchange can put where it usually puts a number, a name or a place to read on. */
const HOSTILE = [
  '"\\ud800"',
  `"${'9'.repeat(31)}.${'9'.repeat(31)}"`,
  '9'.repeat(400),
  '1e400',
  '-0',
  '"__proto__"',
  '{"__proto__":[]}',
  `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
  'null',
  '[]',
]

/** The dialect's own answers, with one value after another replaced by something hostile. */
const replies = (dialect: Dialect) => {
  const texts = [
    dialect.debited(),
    dialect.credited(),
    dialect.debitFound(),
    dialect.creditFound(),
    dialect.debitNotFound,
  ].flatMap((reply) => (typeof reply === 'object' && 'body' in reply ? [String(reply.body)] : []))
  const value = /(?<=:)\s*("(?:[^"\\]|\\.)*"|-?[0-9.]+|null|true|false)/g
  return fc
    .record({ body: fc.constantFrom(...texts), at: fc.nat(30), by: fc.constantFrom(...HOSTILE) })
    .map(({ body, at, by }): Reply => {
      let count = -1
      const changed = body.replace(value, (old) => {
        count += 1
        return count === at ? by : old
      })
      return { status: 200, body: changed }
    })
}

test.each(DIALECTS.map((dialect) => [dialect.rail, dialect] as const))(
  'no order and no answer makes %s throw',
  async (_, dialect) => {
    const exchange = await startScriptedExchange()
    let now = NOW
    const readSecret = (reference: string) => reference
    const settings = dialect.settings(exchange.host)
    const rails = createRails([settings], { readSecret, now: () => now })
    onTestFinished(async () => {
      await rails.close()
      await exchange.close()
    })
    const rail = rails.railFor(settings.id, dialect.rail)
    if (!rail) throw new Error('the rail is missing')
    const span = { sentAfter: NOW - 1_000, sentBefore: NOW }
    await fc.assert(
      fc.asyncProperty(orders(dialect), replies(dialect), async (order, reply) => {
        // Ten seconds later: the rate is never used up.
        now += 10_000
        exchange.play(reply)
        const known = { ...order, ...dialect.debitOrder }
        await expect(rail.debit(order, LIMIT)).resolves.toBeDefined()
        await expect(rail.credit(order, LIMIT)).resolves.toBeDefined()
        for (const asked of [order, known]) {
          await expect(rail.lookUpDebit(asked, span)).resolves.toBeDefined()
          await expect(rail.lookUpCredit(asked, span)).resolves.toBeDefined()
        }
        await expect(rail.balances(order, LIMIT)).resolves.toBeDefined()
      }),
      { numRuns: 60 },
    )
  },
)
