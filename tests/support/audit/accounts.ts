import type { Books } from './books.ts'
import { type Debited, keptOf } from './debits.ts'
import { openOf, sumBy } from './holds.ts'

/** The whole ledger sums to zero in every asset: it is double entry. */
export function compareSums({ balances }: Books): string[] {
  return [...sumBy(balances, ({ asset, net }) => [asset, BigInt(net)])].flatMap(([asset, net]) =>
    net === 0n ? [] : [`the ledger is out of balance by ${net} ${asset}`],
  )
}

/**
 * What the tenge accounts say is what the rows say: held for a bank is what is open and not final; owed to it is what
 * was cleared, and what final approvals keep, less refunds; exposure is what is owed and not collected; income is what
 * debits kept of their fees and spreads.
 */
export function compareAccounts(books: Books, debits: readonly Debited[]): string[] {
  const rows = books.rows.filter(({ state }) => state === 'approved')
  const bankById = new Map(rows.map(({ id, bank_id: bank }) => [id, bank]))
  const expected = new Map([
    ...sumBy(rows, (row) => [
      `held_for_authorizations/${row.bank_id}`,
      row.is_final ? 0n : openOf(row),
    ]),
    ...sumBy(rows, (row) => [
      `owed_to_bank/${row.bank_id}`,
      BigInt(row.cleared) + (row.is_final ? openOf(row) : 0n) - BigInt(row.refunded),
    ]),
    ...sumBy(books.exposures, ({ authorization_id: id, owed }) => [
      `exposure/${bankById.get(id)}`,
      -BigInt(owed),
    ]),
    ...sumBy(debits, (debited) => ['fee_income', keptOf(debited, 'fee')]),
    ...sumBy(debits, (debited) => ['spread_income', keptOf(debited, 'spread')]),
  ])
  const isCompared = ({ account }: { readonly account: string }) =>
    /^(held_for_authorizations|owed_to_bank|exposure|fee_income|spread_income)/.test(account)
  const posted = sumBy(books.balances.filter(isCompared), ({ account, net }) => [
    account,
    BigInt(net),
  ])
  return [...new Set([...expected.keys(), ...posted.keys()])].flatMap((account) => {
    const [want, is] = [expected.get(account) ?? 0n, posted.get(account) ?? 0n]
    return want === is ? [] : [`${account}: the ledger says ${is} tiyn, the rows ${want}`]
  })
}
