import { createHash } from 'node:crypto'
import type { AtRail, DueFinding, Judgement, Return } from '@tolem/authorizations/reconciliation'
import type { MovementReference } from '@tolem/domain/ids'
import { LEDGER_ACCOUNTS } from '@tolem/ledger'

/** How an exchange calls a reference: see `HistoryPort`. */
export type NameOf = (reference: MovementReference) => string

/**
 * What goes back of debits without a record: each less what credits without a record already gave back of it, so that
 * the wallet is whole. A credit belongs to a debit when it bears the reference that its return would have, or the same
 * authorization's; where names do not tell references, when it is of the same wallet and asset. A credit of an
 * authorization that has a record stays for a person.
 */
export function judge(at: AtRail, nameOf: NameOf, due: readonly DueFinding[]): Judgement {
  const credits = due.filter(({ kind }) => kind === 'orphan_credit').map(toShare)
  const debits = due.filter(({ kind }) => kind !== 'orphan_credit').map(toShare)
  // Findings are judged inside a transaction: thousands of them must not be compared with each other.
  const byWallet = Map.groupBy(credits, ({ finding }) => walletOf(finding))
  const settleOwn = (debit: Share, belongs: (credit: DueFinding) => boolean) =>
    settle(debit, byWallet.get(walletOf(debit.finding)) ?? [], belongs)
  for (const debit of debits) {
    const own = nameOf(returnReference(at, debit.finding))
    settleOwn(debit, ({ name }) => name === own)
  }
  const orphans = debits.filter(({ finding }) => finding.kind === 'orphan_debit')
  for (const debit of orphans) settleOwn(debit, (credit) => isSibling(debit.finding, credit))
  // Those of the same amount first, most of which belong together.
  for (const isAlike of [isOfOneAmount, () => true])
    for (const debit of orphans)
      settleOwn(
        debit,
        (credit) => !credit.reference && !debit.finding.reference && isAlike(debit, credit),
      )
  return {
    netted: [...debits, ...credits].flatMap(({ finding, left }) => {
      const { name, nth, kind, amount } = finding
      return left < amount ? [{ name, nth, kind, amount: amount - left }] : []
    }),
    returns: debits.flatMap(({ finding, left }) =>
      left > 0n ? [toReturn(at, finding, left)] : [],
    ),
  }
}

/** A finding and what of it nothing stands against yet. */
type Share = { readonly finding: DueFinding; left: bigint }

const toShare = (finding: DueFinding): Share => ({ finding, left: finding.amount })

function settle(debit: Share, credits: readonly Share[], belongs: (credit: DueFinding) => boolean) {
  for (const credit of credits) {
    if (debit.left === 0n) return
    if (credit.left === 0n || !belongs(credit.finding)) continue
    const taken = debit.left < credit.left ? debit.left : credit.left
    debit.left -= taken
    credit.left -= taken
  }
}

function walletOf({ walletId, asset }: DueFinding): string {
  return `${walletId.toLowerCase()}/${asset}`
}

/** Of a debit that nothing stands against yet. */
function isOfOneAmount({ finding, left }: Share, credit: DueFinding): boolean {
  return left === credit.amount && finding.amount === credit.amount
}

/** References of one authorization end alike. */
function isSibling({ reference: debit }: DueFinding, { reference: credit }: DueFinding): boolean {
  return debit !== undefined && debit.slice(ORDINAL_END) === credit?.slice(ORDINAL_END)
}

const ORDINAL_END = 5

function toReturn(at: AtRail, finding: DueFinding, amount: bigint): Return {
  const { exchange, rail } = at
  const { walletId, asset } = finding
  return {
    finding,
    reference: returnReference(at, finding),
    wallet: { exchange, rail, walletId, assets: [asset] },
    amount,
    account: LEDGER_ACCOUNTS.unmatched(exchange, walletId, asset),
    programmeAccount: LEDGER_ACCOUNTS.programmeSettlement(exchange, asset),
  }
}

/**
 * The reference of the credit that gives a finding back: derived from what the exchange calls it, so that a repeat, a
 * restart, another instance and a database that was restored once more all send it under the same.
 */
export function returnReference(
  { exchange, rail }: AtRail,
  { name, nth }: Pick<DueFinding, 'name' | 'nth'>,
): MovementReference {
  const digest = createHash('sha256').update(`${exchange}/${rail}/${name}/${nth}`).digest('hex')
  // 27 digits of base 36 hold 139 bits.
  const text = BigInt(`0x${digest.slice(0, 34)}`)
    .toString(36)
    .padStart(27, '0')
  return `tmo${text}` as MovementReference
}
