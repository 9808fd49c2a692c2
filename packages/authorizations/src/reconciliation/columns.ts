import type { Finding, Return } from '../reconciliation.ts'

/** Findings as the arrays that `reconciliation-find` takes. */
export function columnsOf(findings: readonly Finding[]): readonly unknown[] {
  const column = (read: (finding: Finding) => unknown) =>
    findings.map((finding) => read(finding) ?? null)
  return [
    column(({ name }) => name),
    column(({ nth }) => nth),
    column(({ kind }) => kind),
    column(({ moved }) => moved?.reference),
    column(({ moved }) => moved?.exchangeReference),
    column(({ moved }) => moved?.walletId),
    column(({ moved }) => moved?.asset),
    column(({ moved }) => moved?.amount),
    column(({ moved }) => moved && new Date(moved.executedAt)),
    column(({ detail }) => detail),
    column(({ posting }) => posting?.debitAccount),
    column(({ posting }) => posting?.creditAccount),
  ]
}

/** A return as `reconciliation-return` takes it. */
export function valuesOf({ finding, ...back }: Return): readonly unknown[] {
  return [
    finding.name,
    finding.nth,
    finding.kind,
    back.reference,
    // Where the name does not tell the reference, no call of the rail needs it.
    finding.reference ?? finding.name,
    finding.exchangeReference,
    JSON.stringify(back.wallet),
    finding.asset,
    back.amount,
    back.account,
    back.programmeAccount,
  ]
}
