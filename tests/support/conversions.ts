import { setTimeout as delay } from 'node:timers/promises'
import { fromLedger } from './decimals.ts'
import { query } from './ledger.ts'
import type { ExchangeName, Sandbox } from './sandbox.ts'
import { toUnits } from './units.ts'

/** What the programme has at its exchanges: by our ledger, and by what they say themselves; in 10^-18. */
export type ProgrammeAccounts = {
  readonly ledger: ReadonlyMap<string, bigint>
  readonly exchange: ReadonlyMap<string, bigint>
  readonly filled: number
  /** In tiyn: what our quotes said, what is not sold yet, what was realised short of them, and fees. */
  readonly quoted: bigint
  readonly left: bigint
  readonly short: bigint
  readonly fees: bigint
}

const EXCHANGES: readonly ExchangeName[] = ['bybit', 'binance']

const BALANCES = `
  SELECT account, asset, balance FROM ledger_balance
  WHERE account ~ '^(programme_settlement|conversion|conversion_result|exchange_fee)/'`

const QUOTED = `
  SELECT coalesce(sum(CASE WHEN debit_account LIKE 'conversion/%' THEN amount ELSE -amount END), 0) AS quoted
  FROM ledger_posting
  WHERE journal_id NOT LIKE 'conversion%' AND (debit_account LIKE 'conversion/%' OR credit_account LIKE 'conversion/%')`

/** Reads both sides. Nothing may be under way meanwhile. */
export async function readProgrammeAccounts(
  databaseUrl: string,
  sandbox: Sandbox,
): Promise<ProgrammeAccounts> {
  const rows = await query<{ account: string; asset: string; balance: string }>(
    databaseUrl,
    BALANCES,
  )
  const tengeOf = (name: string): bigint =>
    rows
      .filter(({ account, asset }) => asset === 'KZT' && account.startsWith(`${name}/`))
      .reduce((sum, { balance }) => sum + BigInt(balance), 0n)
  const [quoted] = await query<{ quoted: string }>(databaseUrl, QUOTED)
  const [orders] = await query<{ filled: string }>(
    databaseUrl,
    "SELECT count(*) AS filled FROM conversion_order WHERE state = 'filled'",
  )
  const masters = (await sandbox.wallets()).filter(({ wallet }) => wallet === 'master')
  return {
    ledger: new Map(
      rows
        .filter(({ account }) => account.startsWith('programme_settlement/'))
        .map(({ account, asset, balance }) => [
          account.slice('programme_settlement/'.length),
          asset === 'KZT' ? BigInt(balance) * 10n ** 16n : fromLedger(asset, balance),
        ]),
    ),
    exchange: new Map(
      masters.flatMap(({ exchange, balances }) =>
        Object.entries(balances).map(([asset, text]) => [`${exchange}/${asset}`, toUnits(text)]),
      ),
    ),
    filled: Number(orders?.filled),
    quoted: BigInt(quoted?.quoted ?? 0),
    left: tengeOf('conversion'),
    short: tengeOf('conversion_result'),
    fees: tengeOf('exchange_fee'),
  }
}

const TIYN = 10n ** 16n

/**
 * What does not agree of what happened between two readings. Exchanges count tenge finer than a tiyn: in each order
 * what is less than one stays with us, once in what it was worth and once in its fee.
 */
export function compareProgrammeAccounts(
  before: ProgrammeAccounts,
  after: ProgrammeAccounts,
): readonly string[] {
  const change = (side: 'ledger' | 'exchange', place: string): bigint =>
    (after[side].get(place) ?? 0n) - (before[side].get(place) ?? 0n)
  const uncounted = TIYN * 2n * BigInt(after.filled - before.filled)
  const places = new Set([...after.ledger.keys(), ...after.exchange.keys()])
  const accounts = [...places].flatMap((place) => {
    const more = change('exchange', place) - change('ledger', place)
    const isRight = place.endsWith('/KZT') ? more >= 0n && more <= uncounted : more === 0n
    return isRight ? [] : [`${place}: the exchange says ${more} of 10^-18 more than the ledger`]
  })
  const received = EXCHANGES.reduce(
    (sum, exchange) => sum + change('ledger', `${exchange}/KZT`),
    0n,
  )
  const [difference, told] = [
    after.quoted - before.quoted - received / TIYN,
    after.left + after.short + after.fees - (before.left + before.short + before.fees),
  ]
  return difference === told
    ? accounts
    : [...accounts, `quoted less received is ${difference} tiyn, the ledger says ${told}`]
}

const COUNTS = `
  SELECT count(*) AS orders, coalesce(string_agg(
    concat_ws(' ', exchange_id, side, asset, state, detail, attempts), '; ') FILTER (WHERE finished_at IS NULL), ''
  ) AS unfinished
  FROM conversion_order`

/**
 * Waits until every order is finished and no new one has come for so long that each position was looked at.
 *
 * @throws when that takes longer than `withinMs`.
 */
export async function untilConverted(databaseUrl: string, withinMs: number): Promise<void> {
  const quietMs = 8_000
  const patience = AbortSignal.timeout(withinMs)
  let seen = ''
  let since = performance.now()
  while (performance.now() - since < quietMs) {
    const [counts] = await query<{ orders: string; unfinished: string }>(databaseUrl, COUNTS)
    if (counts?.orders !== seen || counts.unfinished !== '') since = performance.now()
    seen = counts?.orders ?? ''
    if (patience.aborted)
      throw new Error(`after ${withinMs} ms not converted: ${counts?.unfinished}`)
    await delay(200)
  }
}
