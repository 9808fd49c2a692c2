import { bybitTransferId } from '../bybit-transfer-id.ts'
import { fromLedger } from '../decimals.ts'
import { toUnits } from '../units.ts'
import type { Books, MovementRow } from './books.ts'

/** Each executed movement of ours is one of the exchange's, and each of the exchange's is one of ours. */
export function compareMovements({ movements, moved }: Books): string[] {
  const ours = countOf(
    movements.map((row) => describe(asMoved(row), fromLedger(row.asset, row.amount))),
  )
  const theirs = countOf(moved.map((row) => describe(row, toUnits(row.amount))))
  return [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((key) => {
    const [we, they] = [ours.get(key) ?? 0, theirs.get(key) ?? 0]
    return we === they ? [] : [`${key}: ${we} in our books, ${they} at the exchange`]
  })
}

/** What each wallet lost at the exchange is what its ledger accounts say. */
export function compareWallets({ wallets, moved }: Books): string[] {
  const net = new Map<string, bigint>()
  const add = (key: string, units: bigint) => net.set(key, (net.get(key) ?? 0n) + units)
  for (const { exchange, wallet, asset, kind, amount } of moved)
    add(`${exchange} ${wallet} ${asset}`, kind === 'debit' ? toUnits(amount) : -toUnits(amount))
  for (const { exchange, wallet, asset, net: ledger } of wallets)
    add(`${exchange} ${wallet} ${asset}`, -fromLedger(asset, ledger))
  return [...net].flatMap(([key, units]) =>
    units === 0n ? [] : [`${key}: exchange and ledger differ by ${units} of 10^-18`],
  )
}

/** By the name under which the exchange knows it: our reference, but for a transfer at Bybit. */
function asMoved(row: MovementRow): MovementRow {
  return row.rail === 'bybit-subaccount'
    ? { ...row, reference: bybitTransferId(row.reference) }
    : row
}

function describe(
  row: Pick<MovementRow, 'kind' | 'exchange' | 'wallet' | 'reference' | 'asset'>,
  units: bigint,
): string {
  return [row.kind, row.exchange, row.wallet, row.reference, row.asset, units].join(' ')
}

function countOf(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}
