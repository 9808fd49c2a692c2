import { randomUUID } from 'node:crypto'
import type { ExchangeId, QuoteId } from '@tolem/domain/ids'
import type { Quote } from '@tolem/domain/quote'
import { amountOf } from '@tolem/money/amount'
import type { Rate } from '@tolem/money/rate'
import { aQuote } from './authorizer-side.ts'
import type { ScriptedPrice } from './market-books.ts'
import type { OrderFate } from './scripted-market.ts'

const SCALE = 10n ** 12n
const MILLION = 1_000_000n

/** About 470 tenge for a dollar and 100,000 dollars for a bitcoin, up and down by a percent within seconds. */
export const MOVING: ScriptedPrice = (asset) => {
  const [base, period] = asset === 'USDT' ? [470_000_000n, 1_700] : [10n ** 17n, 1_100]
  const swing = 0.01 * Math.sin(Date.now() / period) + 0.002 * Math.sin(Date.now() / 97)
  return (base * (MILLION + BigInt(Math.round(swing * 1_000_000)))) / MILLION
}

/** One sending in three goes wrong, each way. */
export function drawFate(roll: () => number): OrderFate {
  const wrong = [
    'partly_filled',
    'open',
    'answer_lost',
    'executed_late',
    'lost',
    'rejected',
  ] as const
  return roll() < 2 / 3 ? 'filled' : (wrong[Math.floor(roll() * wrong.length)] ?? 'filled')
}

/** A purchase of 100 to 30,000 tenge, priced half a percent below the market's price of this moment. */
export function quoteNow(exchange: ExchangeId, roll: () => number): Quote {
  const asset = roll() < 0.8 ? 'USDT' : 'BTC'
  const billing = 10_000n + BigInt(Math.floor(roll() * 2_990_000))
  const fee = billing / 100n
  const dollar = MOVING('USDT', 'KZT')
  const price = asset === 'USDT' ? dollar : (MOVING('BTC', 'USDT') * dollar) / SCALE
  const applied = (price * 9_950n) / 10_000n
  const debit = ((billing + fee) * SCALE) / applied + 1n
  const worth = (debit * price) / SCALE
  return aQuote(exchange, {
    id: `qte_${randomUUID()}` as QuoteId,
    asset,
    billing: amountOf('KZT', billing),
    fee: amountOf('KZT', fee),
    spread: amountOf('KZT', worth - billing - fee),
    debit: amountOf(asset, debit),
    applied: '470' as Rate,
  })
}
