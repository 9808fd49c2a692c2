import type { ExchangeId } from '@tolem/domain/ids'
import type { Quote } from '@tolem/domain/quote'
import { amountOf } from '@tolem/money/amount'
import { createTestDatabase } from '@tolem/testing/backends'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Settlement } from '../compose.ts'
import type { SettlementConfig } from '../config.ts'
import { aQuote } from '../testing/authorizer-side.ts'
import { auditConversions } from '../testing/conversion-audit.ts'
import { RULES, STEADY } from '../testing/market-rules.ts'
import { createScriptedMarket, type ScriptedMarket } from '../testing/scripted-market.ts'
import {
  createWorld,
  FINAL_AFTER_MS,
  openPostgres,
  SOON_CERTAIN,
  type World,
} from '../testing/world.ts'

const COIN = 100_000_000n

type Site = {
  readonly world: World
  readonly spot: ScriptedMarket
  readonly quotes: ScriptedMarket
  readonly ask: <Row>(text: string, values?: readonly unknown[]) => Promise<readonly Row[]>
}

let site: Site
let close: () => Promise<void>
const running: Settlement[] = []

beforeEach(async () => {
  const database = await createTestDatabase()
  const postgres = openPostgres(database.url)
  const common = { price: STEADY, rules: RULES, notFoundIsFinalAfterMs: FINAL_AFTER_MS }
  const spot = createScriptedMarket({
    ...common,
    exchange: 'binance' as ExchangeId,
    via: 'spot',
  })
  const quotes = createScriptedMarket({
    ...common,
    exchange: 'bybit' as ExchangeId,
    via: 'convert',
    quoteMs: 30_000,
  })
  const world = createWorld(postgres, [spot, quotes])
  site = {
    world,
    spot,
    quotes,
    ask: (text, values = []) => postgres.run({ name: '', text }, values),
  }
  close = async () => {
    await Promise.all(running.splice(0).map((settlement) => settlement.close()))
    expect(await auditConversions(postgres, [spot, quotes])).toEqual([])
    await postgres.close()
    await database.drop()
  }
})
afterEach(() => close())

async function start(config: Partial<SettlementConfig> = {}) {
  const settlement = site.world.instance(config)
  running.push(settlement)
  await settlement.start()
  return settlement
}

/** A purchase that took so many dollars at 472 tenge. */
const buy = (market: ScriptedMarket, coins: bigint, change: Partial<Quote> = {}) => {
  const exchange = market === site.spot ? site.world.binance : site.world.bybit
  const quote = aQuote(exchange.exchange, {
    debit: amountOf('USDT', coins * COIN),
    billing: amountOf('KZT', coins * 47_200n),
    spread: amountOf('KZT', 0n),
    fee: amountOf('KZT', 0n),
    ...change,
  })
  return { exchange, quote }
}
const purchase = async (...terms: Parameters<typeof buy>) => {
  const { exchange, quote } = buy(...terms)
  return site.world.approved(exchange, quote)
}

type Order = {
  readonly reference: string
  readonly state: string
  readonly refusal: string | null
  readonly side: string
  readonly asset: string
  readonly amount: string
  readonly filled_amount: string | null
  readonly sendings: number
}

const orders = () => site.ask<Order>('SELECT * FROM conversion_order ORDER BY created_at')

async function position(market: ScriptedMarket, asset = 'USDT') {
  const text = `
    SELECT coalesce(sum(balance), 0) AS balance FROM ledger_running_balance WHERE account = $1`
  const [row] = await site.ask<{ balance: string }>(text, [
    `programme_settlement/${market.exchange}/${asset}`,
  ])
  return BigInt(row?.balance ?? 0)
}

const sold = (market: ScriptedMarket, left = 0n) =>
  vi.waitFor(
    async () => {
      expect(await position(market)).toBe(left)
      expect((await orders()).filter(({ state }) => !isFinished(state))).toEqual([])
    },
    { timeout: 10_000, interval: 20 },
  )
const isFinished = (state: string) => state === 'filled' || state === 'refused'

test('several debits are sold in one order, and what was quoted and realised is told to the tiyn', async () => {
  await purchase(site.quotes, 10n)
  await purchase(site.quotes, 15n)
  await start()
  await sold(site.quotes)
  expect(await orders()).toMatchObject([
    { state: 'filled', side: 'sell', asset: 'USDT', amount: `${25n * COIN}`, sendings: 1 },
  ])
  const balances = await site.ask(
    `SELECT account, asset, balance FROM ledger_running_balance WHERE balance <> 0 ORDER BY account`,
  )
  expect(balances).toEqual([
    { account: 'conversion_result/bybit', asset: 'KZT', balance: `${25n * 200n}` },
    { account: 'programme_settlement/bybit/KZT', asset: 'KZT', balance: `${25n * 47_000n}` },
  ])
})

test('what is below the market’s minimum waits for more', async () => {
  const { quote } = buy(site.spot, 0n, { debit: amountOf('USDT', COIN - 1n) })
  await site.world.approved(site.world.binance, { ...quote, billing: amountOf('KZT', 47_200n) })
  await purchase(site.quotes, 5n)
  await start()
  await sold(site.quotes)
  expect(site.spot.calls).toEqual([])
  await purchase(site.spot, 2n)
  // Whole steps are sold; the rest of a step waits with its share of the worth.
  await sold(site.spot, 9_999n)
  expect(await orders()).toHaveLength(2)
})

test('an asset without a tenge market is sold for USDT, and that for tenge', async () => {
  await purchase(site.spot, 1n, { asset: 'BTC', debit: amountOf('BTC', COIN) })
  await start()
  await expect.poll(() => position(site.spot, 'BTC')).toBe(0n)
  await sold(site.spot)
  const told = (await orders()).map(({ side, asset }) => `${side} ${asset}`)
  expect(told).toEqual(['sell BTC', 'sell USDT'])
  expect(site.spot.change('KZT')).toBe((100_000n * 47_000n * 998_001n) / 1_000_000n)
})

test('what is credited is bought back, and only once the debit was sold', async () => {
  await start()
  const accepted = await purchase(site.quotes, 20n)
  await sold(site.quotes)
  await site.world.reverse(accepted)
  await expect.poll(orders).toHaveLength(2)
  await sold(site.quotes)
  expect((await orders()).map(({ side }) => side)).toEqual(['sell', 'buy'])
  expect(site.quotes.change('KZT')).toBe(0n)
})

test('what will be credited is not sold first', async () => {
  const { exchange, quote } = buy(site.quotes, 20n)
  const reversed = await site.world.reversed(exchange, quote)
  // Never acknowledged: the credit stays open for as long as this lasts.
  exchange.script.credits.set(reversed.creditReference, ['rejected', 'rejected', 'rejected'])
  await start()
  await expect.poll(() => position(site.quotes)).toBe(0n)
  expect(await orders()).toEqual([])
})

describe.each(['spot', 'quotes'] as const)('at the %s market', (name) => {
  test.each(['answer_lost', 'executed_late', 'lost', 'open', 'rejected', 'partly_filled'] as const)(
    'an order that is %s moves what it moved once, and the rest is sold by another',
    async (fate) => {
      const market = site[name]
      market.fates.push(fate)
      await purchase(market, 30n)
      await start(['executed_late', 'lost'].includes(fate) ? SOON_CERTAIN : {})
      await sold(market)
      const done = market.entries.reduce((sum, { fill }) => sum + fill.amount, 0n)
      expect(done).toBe(30n * COIN)
      const looked = market.calls.some(({ method }) => method === 'lookUp')
      expect(looked).toBe(!['rejected', 'partly_filled'].includes(fate))
    },
  )

  test('several instances sell nothing twice', async () => {
    const market = site[name]
    await Promise.all([start(), start(), start()])
    for (const coins of [10n, 20n, 30n, 40n]) {
      market.fates.push('open', 'answer_lost', 'filled')
      await purchase(market, coins)
    }
    await sold(market)
    const done = market.entries.reduce((sum, { fill }) => sum + fill.amount, 0n)
    expect(done).toBe(100n * COIN)
  })

  test('an instance that hangs over its answer loses the order to another, and writes nothing', async () => {
    const market = site[name]
    const gate = Promise.withResolvers<void>()
    market.hold.promise = gate.promise
    await purchase(market, 10n)
    await start()
    await expect.poll(() => market.entries).toHaveLength(1)
    market.hold.promise = undefined
    await start()
    await sold(market)
    gate.resolve()
    expect(market.entries).toHaveLength(1)
    expect(await orders()).toHaveLength(1)
  })
})

test('an order that the spot market may have executed is never sent again under its reference', async () => {
  site.spot.fates.push('lost', 'lost', 'answer_lost')
  await purchase(site.spot, 10n)
  await start(SOON_CERTAIN)
  await sold(site.spot)
  const sent = site.spot.calls.filter(({ method }) => method === 'execute')
  // A machine that stalls gives an order up before it is sent.
  const all = (await orders()).filter(({ reference }) =>
    sent.some((one) => one.reference === reference),
  )
  expect(sent).toHaveLength(3)
  expect(all.map(({ state, refusal, sendings }) => ({ state, refusal, sendings }))).toEqual([
    { state: 'refused', refusal: 'not_found', sendings: 1 },
    { state: 'refused', refusal: 'not_found', sendings: 1 },
    { state: 'filled', refusal: null, sendings: 1 },
  ])
})

test('a quote whose answer was lost is executed again by the same quote, as long as it lasts', async () => {
  site.quotes.fates.push('lost')
  await purchase(site.quotes, 10n)
  await start()
  await sold(site.quotes)
  expect(await orders()).toMatchObject([{ state: 'filled', sendings: 2 }])
})

test('a refused ticket sends nothing, and the position is tried again', async () => {
  site.quotes.preparations.push('exchange_unavailable', 'insufficient_funds')
  await purchase(site.quotes, 10n)
  await start()
  await sold(site.quotes)
  expect((await orders()).map(({ refusal }) => refusal)).toEqual([
    'exchange_unavailable',
    'insufficient_funds',
    null,
  ])
  expect(site.quotes.entries).toHaveLength(1)
})

test('a position of which every order is refused is shown as waiting since the first', async () => {
  site.quotes.preparations.push(
    ...Array.from({ length: 2_000 }, () => 'insufficient_funds' as const),
  )
  await purchase(site.quotes, 10n)
  const settlement = await start({ BACKOFF_FIRST_MS: 100, BACKOFF_LONGEST_MS: 200 })
  const shown: number[] = []
  await vi.waitFor(
    async () => {
      const { text } = await settlement.metrics.expose()
      const [, seconds] =
        text.match(/settlement_unconverted_seconds\{exchange="bybit",asset="USDT".* (\S+)$/m) ?? []
      shown.push(Number(seconds ?? 0))
      expect((await orders()).length).toBeGreaterThanOrEqual(8)
    },
    { timeout: 20_000, interval: 2 },
  )
  const started = shown.slice(shown.findIndex((seconds) => seconds > 0))
  expect(started.length).toBeGreaterThan(1)
  expect(started).toEqual(started.toSorted((one, other) => one - other))
})

test('a market that is gone or contradicts itself stops its asset alone, and is shown', async () => {
  site.spot.rules.splice(0, 1)
  site.quotes.rules[0] = { ...RULES[0], step: 0n } as never
  await purchase(site.spot, 10n)
  await purchase(site.quotes, 10n)
  await purchase(site.quotes, 1n, { asset: 'BTC', debit: amountOf('BTC', COIN / 1_000n) })
  const settlement = await start()
  await expect.poll(() => position(site.quotes, 'BTC')).toBe(0n)
  await vi.waitFor(async () => {
    const { text } = await settlement.metrics.expose()
    expect(text).toMatch(/position_waits\{exchange="binance",asset="USDT",reason="no_market".*1$/m)
    expect(text).toMatch(
      /position_waits\{exchange="bybit",asset="USDT",reason="market_unsafe".*1$/m,
    )
    expect(text).toMatch(/settlement_position\{exchange="binance",asset="USDT".* 10$/m)
    expect(text).toMatch(/settlement_position_tenge\{exchange="binance",asset="USDT".* 4720$/m)
  }, 10_000)

  // The exchange puts it right, and the rules are read anew.
  await settlement.close()
  running.splice(0)
  site.spot.rules.push(...RULES.slice(0, 1))
  const next = await start()
  await sold(site.spot)
  await vi.waitFor(async () => {
    const { text } = await next.metrics.expose()
    expect(text).toMatch(/conversion_result_tenge\{exchange="binance".*-/m)
    expect(text).toMatch(/settlement_position\{exchange="binance",asset="USDT".* 0$/m)
    expect(text).not.toMatch(/position_waits\{exchange="binance",asset="USDT"/)
  }, 10_000)
})
