import { createCollections } from '@tolem/authorizations/collections'
import { createMovements } from '@tolem/authorizations/movements'
import { uuidOf } from '@tolem/domain/ids'
import { createTestDatabase } from '@tolem/testing/backends'
import { aQuote } from '@tolem/testing/builders'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import type { Settlement } from './compose.ts'
import type { SettlementConfig } from './config.ts'
import { type Advised, linkCard, reverseTo } from './testing/bank-side.ts'
import { auditCollection, exposureOf } from './testing/collection-audit.ts'
import { createWorld, openPostgres } from './testing/world.ts'

const database = await createTestDatabase()
const postgres = openPostgres(database.url)
const world = createWorld(postgres)
const { bybit, binance } = world
const running: Settlement[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((settlement) => settlement.close()))
})
afterAll(async () => {
  await postgres.close()
  await database.drop()
})

async function start(config: Partial<SettlementConfig> = {}) {
  const settlement = world.instance(config)
  running.push(settlement)
  await settlement.start()
  return settlement
}

const ask = <Row>(text: string, values: readonly unknown[] = []) =>
  postgres.run<Row>({ name: '', text }, values)

/** Waits until an exposure stands as it must, and gives what does not hold then. */
async function breachesAt(advised: Advised, standing: object): Promise<readonly string[]> {
  await vi.waitFor(
    async () => expect(await exposureOf(postgres, advised)).toMatchObject(standing),
    { timeout: 15_000, interval: 20 },
  )
  return auditCollection(postgres, advised)
}

const COLLECTED = { state: 'closed', collected: '1250000', cancelled: '0', debits: ['executed'] }

test('waits for a rate, says so, and collects at the first safe one', async () => {
  const advised = await world.advised(bybit)
  await start()
  expect(
    await breachesAt(advised, { state: 'open', detail: 'rate_unavailable', debits: [] }),
  ).toEqual([])
  await world.publishRates()
  expect(await breachesAt(advised, COLLECTED)).toEqual([])
})

test('a collection is priced at the bank’s spread and fee, and all of it stands in the ledger', async () => {
  await world.publishRates()
  const advised = await world.advised(bybit)
  await start()
  expect(await breachesAt(advised, COLLECTED)).toEqual([])
  const lines = await ask<{ asset: string; amount: string; credit_account: string }>(
    'SELECT asset, amount, credit_account FROM ledger_posting WHERE authorization_id = $1 ORDER BY line',
    [uuidOf(advised.id)],
  )
  // 12,625.00 tenge at 500 less 0.5 %, rounded up to 10⁻⁸, and what that is worth at 500 beyond it.
  expect(lines).toEqual([
    expect.objectContaining({ asset: 'USDT', amount: '2537688443' }),
    { asset: 'KZT', amount: '1250000', credit_account: 'exposure/halyk' },
    { asset: 'KZT', amount: '6344', credit_account: 'spread_income' },
    { asset: 'KZT', amount: '12500', credit_account: 'fee_income' },
  ])
})

test('an approval that must be debited at its request’s price is', async () => {
  const quote = {
    id: 'qte_1',
    exchange: 'bybit',
    asset: 'USDT',
    billing: '1250000',
    fee: '12500',
    debit: '3156250000',
    spread: '0',
    spreadBasisPoints: 0,
    mid: '400',
    bid: '400',
    applied: '400',
    observedAt: 0,
    ageMs: 0,
    sources: [],
  }
  const advised = await world.advised(bybit, { quote: JSON.stringify(quote) })
  await start()
  expect(await breachesAt(advised, COLLECTED)).toEqual([])
  expect(bybit.executions.find(({ order }) => order.wallet === advised.wallet)).toBeUndefined()
  const debit = bybit.executions.find(({ order }) => order.reference === advised.debitReference(1))
  expect(debit?.order.amount).toBe(3_156_250_000n)
})

test.each([
  ['has no wallet', { isLinked: false }, 'wallet_not_linked'],
  ['is not there', { hasCard: false }, 'card_missing'],
])(
  'what is owed of a card that %s stays open, and is collected when it appears',
  async (_, change, detail) => {
    await world.publishRates()
    const advised = await world.advised(bybit, change)
    // Only the card's own notice can make it due in the time of this test.
    await start({
      COLLECTION_BACKOFF_FIRST_MS: 3_600_000,
      COLLECTION_BACKOFF_LONGEST_MS: 3_600_000,
    })
    expect(await breachesAt(advised, { state: 'open', detail, debits: [] })).toEqual([])
    await linkCard(postgres, advised)
    expect(await breachesAt(advised, COLLECTED)).toEqual([])
  },
)

test('takes what the wallet holds, and the rest when it is filled', async () => {
  await world.publishRates()
  const advised = await world.advised(binance)
  const { walletId } = advised.wallet
  binance.funds.set(walletId, 1_000_000_000n)
  await start()
  const soFar = async () => {
    const { collected, debits } = await exposureOf(postgres, advised)
    return { collected, debits: debits.slice(0, 2) }
  }
  // 10 dollars at 497.50, of which 1 % is fee.
  const partly = { collected: '492574', debits: ['refused', 'executed'] }
  await expect.poll(soFar).toEqual(partly)
  expect(await breachesAt(advised, { state: 'open', detail: 'wallet_empty' })).toEqual([])
  binance.funds.set(walletId, 10_000_000_000n)
  expect(await breachesAt(advised, { state: 'closed', collected: '1250000' })).toEqual([])
})

test('tries the next asset of a wallet that refuses, where its rail tells no balances', async () => {
  await world.publishRates()
  const advised = await world.advised(bybit, { assets: ['USDT', 'BTC'] })
  bybit.script.debits.set(advised.debitReference(1), ['rejected'])
  await start()
  expect(await breachesAt(advised, { ...COLLECTED, debits: ['refused', 'executed'] })).toEqual([])
  expect(bybit.executions.at(-1)?.order.asset).toBe('BTC')
})

test.each([
  ['is found executed', 'answer_lost', ['executed']],
  ['is executed at the last moment', 'executed_late', ['executed']],
  ['never happened', 'lost', ['refused', 'executed']],
] as const)(
  'a collection in doubt that %s is never sent again under its name',
  async (_, fate, debits) => {
    await world.publishRates()
    const advised = await world.advised(binance)
    const first = advised.debitReference(1)
    binance.script.debits.set(first, [fate])
    await start()
    expect(await breachesAt(advised, { ...COLLECTED, debits })).toEqual([])
    const sent = binance.calls.filter(
      ({ method, reference }) => method === 'debit' && reference === first,
    )
    expect(sent).toHaveLength(1)
  },
)

test('what is cancelled while it is collected is credited back, to the last step', async () => {
  await world.publishRates()
  const advised = await world.advised(binance)
  const gate = binance.holdAnswer(advised.debitReference(1))
  await start({ LEASE_MS: 20_000 })
  await gate.reached
  await ask('UPDATE exposure SET cancelled = 1000000 WHERE id = $1', [uuidOf(advised.exposureId)])
  gate.release()
  expect(
    await breachesAt(advised, { state: 'closed', collected: '250000', credits: ['executed'] }),
  ).toEqual([])
})

test('what is cancelled whole before it is sent is not sent', async () => {
  const advised = await world.advised(binance)
  await intendOnly(advised)
  await ask('UPDATE exposure SET cancelled = amount WHERE id = $1', [uuidOf(advised.exposureId)])
  await start()
  const standing = { state: 'closed', collected: '0', refused: 0, debits: ['refused'] }
  expect(await breachesAt(advised, standing)).toEqual([])
  expect(sendingsOf(advised, 1)).toBe(0)
})

test('a claim whose lease ran out intends nothing: whoever claimed next does', async () => {
  const advised = await world.advised(binance)
  const collections = createCollections(postgres)
  const claim = async (leaseMs: number) =>
    (await collections.claim(100, leaseMs)).find(({ id }) => id === advised.exposureId)
  const [slow, next] = [await claim(0), await claim(60_000)]
  if (!slow || !next) throw new Error('it is not due')
  const quote = { ...aQuote(), exchange: binance.exchange, billing: next.owed }
  const collection = { wallet: advised.wallet, quote }
  expect(await collections.intend(slow, collection)).toEqual({ kind: 'claim_lost' })
  expect(await collections.intend(next, collection)).toMatchObject({ kind: 'intended' })
  expect(await collections.intend(next, collection)).toEqual({ kind: 'claim_lost' })
  await start()
  expect(await breachesAt(advised, COLLECTED)).toEqual([])
})

test('an old exposure is shown to a person and collected all the same', async () => {
  await world.publishRates()
  const advised = await world.advised(bybit)
  bybit.script.debits.set(advised.debitReference(1), ['rejected'])
  await ask(`UPDATE exposure SET created_at = now() - interval '2 hours' WHERE id = $1`, [
    uuidOf(advised.exposureId),
  ])
  const { metrics } = await start()
  expect(
    await breachesAt(advised, { ...COLLECTED, escalated: true, debits: ['refused', 'executed'] }),
  ).toEqual([])
  expect((await metrics.expose()).text).toMatch(/settlement_escalations_total\{.*"exposure".*\} 1/)
})

test('what is owed is shown by bank and exchange', async () => {
  const advised = await world.advised(bybit, { isLinked: false, billing: 1_234_500n })
  const { metrics } = await start()
  expect(await breachesAt(advised, { state: 'open', detail: 'wallet_not_linked' })).toEqual([])
  await vi.waitFor(
    async () =>
      expect((await metrics.expose()).text).toMatch(
        /settlement_exposure_tenge\{bank="halyk",exchange="none".*\} 12345/,
      ),
    { timeout: 15_000 },
  )
})

test('two settlements collect each of many exposures once', async () => {
  await world.publishRates()
  const all: Advised[] = []
  for (let index = 0; index < 40; index += 1)
    all.push(await world.advised(index % 2 === 0 ? bybit : binance))
  await Promise.all([start(), start()])
  for (const advised of all) expect(await breachesAt(advised, COLLECTED)).toEqual([])
})

test('a reversal while a wallet is debited for it leaves nothing owed and nothing taken', async () => {
  await world.publishRates()
  const advised = await world.advised(binance)
  const gate = binance.holdAnswer(advised.debitReference(1))
  await start({ LEASE_MS: 20_000 })
  await gate.reached
  expect(await reverseTo(world.holds, advised.id)).toBe('reversed')
  gate.release()
  const taken = {
    collected: '0',
    cancelled: '1250000',
    debits: ['executed'],
    credits: ['executed'],
  }
  expect(await breachesAt(advised, { state: 'closed', ...taken })).toEqual([])
  expect(netTaken(advised)).toBe(0n)
})

test('what a partial reversal leaves is collected, and a later one credits the rest of the same debit', async () => {
  await world.publishRates()
  const advised = await world.advised(binance)
  const gate = binance.holdAnswer(advised.debitReference(1))
  await start({ LEASE_MS: 20_000 })
  await gate.reached
  expect(await reverseTo(world.holds, advised.id, 400_001n)).toBe('partially_reversed')
  gate.release()
  const partly = { state: 'closed', collected: '400001', credits: ['executed'] }
  expect(await breachesAt(advised, partly)).toEqual([])
  expect(await reverseTo(world.holds, advised.id, 7n)).toBe('partially_reversed')
  expect(await reverseTo(world.holds, advised.id)).toBe('reversed')
  await expect
    .poll(async () => (await exposureOf(postgres, advised)).credits)
    .toEqual(Array(3).fill('executed'))
  expect(netTaken(advised)).toBe(0n)
})

test('an instance that dies between claiming a debit and sending it costs only time', async () => {
  await world.publishRates()
  const advised = await world.advised(binance)
  await intendOnly(advised)
  const movements = createMovements(postgres)
  const lane = { exchange: binance.exchange, rail: binance.rail, freeSlots: 8 }
  expect(await movements.claim([lane], 50)).toHaveLength(1)
  await start()
  expect(await breachesAt(advised, COLLECTED)).toEqual([])
  expect(sendingsOf(advised, 1)).toBe(1)
})

test('an instance that dies after it recorded a sending leaves a doubt, which is looked up', async () => {
  await world.publishRates()
  const advised = await world.advised(binance)
  await intendOnly(advised)
  const [debit] = await createMovements(postgres).claim(
    [{ exchange: binance.exchange, rail: binance.rail, freeSlots: 8 }],
    50,
  )
  if (debit?.kind !== 'debit') throw new Error('a debit is due')
  expect(await createCollections(postgres).send(debit, 100, 50)).toEqual({ kind: 'recorded' })
  await start()
  const standing = { ...COLLECTED, debits: ['refused', 'executed'] }
  expect(await breachesAt(advised, standing)).toEqual([])
  expect([sendingsOf(advised, 1), sendingsOf(advised, 2)]).toEqual([0, 1])
})

/** Claims the exposure and intends its debit, as an instance does that dies then. */
async function intendOnly(advised: Advised): Promise<void> {
  const collections = createCollections(postgres)
  const claimed = await collections.claim(100, 60_000)
  const exposure = claimed.find(({ id }) => id === advised.exposureId)
  if (!exposure) throw new Error('it is not due')
  const quote = { ...aQuote(), exchange: binance.exchange, billing: exposure.owed }
  await collections.intend(exposure, { wallet: advised.wallet, quote })
}

function sendingsOf(advised: Advised, ordinal: number): number {
  const sent = binance.calls.filter(({ method }) => method === 'debit')
  return sent.filter(({ reference }) => reference === advised.debitReference(ordinal)).length
}

function netTaken({ wallet, exchange }: Advised): bigint {
  let net = 0n
  for (const { kind, order } of exchange.executions)
    if (order.wallet.walletId === wallet.walletId)
      net += kind === 'debit' ? order.amount : 0n - order.amount
  return net
}
