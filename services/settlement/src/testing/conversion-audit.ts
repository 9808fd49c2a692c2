import { ASSETS, type AssetCode } from '@tolem/money/asset'
import type { Postgres } from '@tolem/postgres/pool'
import type { ScriptedMarket } from './scripted-market.ts'

type Market = Pick<ScriptedMarket, 'exchange' | 'entries' | 'change'>

/** What must hold of conversions when none is open, as a list of what does not. */
export async function auditConversions(
  postgres: Postgres,
  markets: readonly Market[],
): Promise<readonly string[]> {
  const balances = await postgres.run<{ account: string; asset: string; balance: string }>(
    { name: '', text: 'SELECT account, asset, balance FROM ledger_balance' },
    [],
  )
  const balanceOf = (account: string, asset: AssetCode): bigint =>
    BigInt(balances.find((row) => row.account === account && row.asset === asset)?.balance ?? 0)
  const found = await Promise.all(
    markets.map(async (market) => [
      ...(await compareAccounts(postgres, market, balanceOf)),
      ...(await compareWorth(postgres, market, balanceOf)),
      ...(await compareOrders(postgres, market)),
    ]),
  )
  return [...found.flat(), ...(await compareRunning(postgres))]
}

type BalanceOf = (account: string, asset: AssetCode) => bigint

/** The ledger's accounts at the exchange are what wallets paid in, less credits, and what the market changed. */
async function compareAccounts(
  postgres: Postgres,
  { exchange, change }: Market,
  balanceOf: BalanceOf,
): Promise<readonly string[]> {
  const text = `
    SELECT asset, sum(CASE kind WHEN 'debit' THEN amount ELSE -amount END) AS moved
    FROM movement WHERE state = 'executed' AND exchange_id = $1 GROUP BY asset`
  const moved = await postgres.run<{ asset: string; moved: string }>({ name: '', text }, [exchange])
  return (Object.keys(ASSETS) as AssetCode[]).flatMap((asset) => {
    const paid = BigInt(moved.find((row) => row.asset === asset)?.moved ?? 0)
    const booked = balanceOf(`programme_settlement/${exchange}/${asset}`, asset)
    const real = paid + change(asset)
    return booked === real ? [] : [`${exchange}: ${booked} ${asset} are booked, ${real} are there`]
  })
}

/** Quoted less received is what is left to be sold, what was realised short of the quotes, and fees: to the tiyn. */
async function compareWorth(
  postgres: Postgres,
  { exchange, change }: Market,
  balanceOf: BalanceOf,
): Promise<readonly string[]> {
  const account = `conversion/${exchange}/%`
  const text = `
    SELECT coalesce(sum(CASE WHEN debit_account LIKE $1 THEN amount ELSE -amount END), 0) AS quoted
    FROM ledger_posting
    WHERE journal_id NOT LIKE 'conversion%' AND (debit_account LIKE $1 OR credit_account LIKE $1)`
  const [row] = await postgres.run<{ quoted: string }>({ name: '', text }, [account])
  const left = (Object.keys(ASSETS) as AssetCode[]).reduce(
    (sum, asset) => sum + balanceOf(`conversion/${exchange}/${asset}`, 'KZT'),
    0n,
  )
  const short = balanceOf(`conversion_result/${exchange}`, 'KZT')
  const fees = balanceOf(`exchange_fee/${exchange}`, 'KZT')
  const difference = BigInt(row?.quoted ?? 0) - change('KZT')
  return [
    ...(difference === left + short + fees
      ? []
      : [
          `${exchange}: quoted less received is ${difference}, the ledger says ${left + short + fees}`,
        ]),
    ...(balanceOf(`market/${exchange}`, 'KZT') === 0n ? [] : [`${exchange}: tenge at the market`]),
  ]
}

/** Each order that the exchange executed is one of ours that is filled, once, by as much. */
async function compareOrders(
  postgres: Postgres,
  { exchange, entries }: Market,
): Promise<readonly string[]> {
  const text = `
    SELECT reference || ' ' || side || ' ' || asset || ' ' || filled_amount || ' ' || worth AS told
    FROM conversion_order WHERE exchange_id = $1 AND state = 'filled'`
  const ours = await postgres.run<{ told: string }>({ name: '', text }, [exchange])
  const told = ours.map((row) => row.told).toSorted()
  const done = entries
    .map(({ order, fill }) =>
      [order.reference, order.side, order.asset, fill.amount, fill.worth].join(' '),
    )
    .toSorted()
  return told.join('\n') === done.join('\n')
    ? []
    : [`${exchange}: ${told.length} orders of ours are filled, ${done.length} at the exchange`]
}

async function compareRunning(postgres: Postgres): Promise<readonly string[]> {
  const text = `
    SELECT account, asset FROM (
      SELECT account, asset, balance FROM ledger_running_balance
      UNION ALL SELECT account, asset, -balance FROM ledger_balance WHERE ledger_is_folded(account)
    ) AS entry GROUP BY account, asset HAVING sum(balance) <> 0`
  const rows = await postgres.run<{ account: string }>({ name: '', text }, [])
  return rows.map(({ account }) => `${account}: its running balance is not its balance`)
}
