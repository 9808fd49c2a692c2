import type { CreditIntent, HoldCause, HoldChange, PartChange } from '@tolem/domain/hold-change'
import { type AuthorizationId, uuidOf } from '@tolem/domain/ids'
import { LEDGER_ACCOUNTS, type Posting, type PostingLine, toJournal } from './ledger.ts'

/** A posting and the authorization that it is about. */
export type HoldPosting = Posting & { readonly authorizationId: AuthorizationId }

/**
 * The tenge journals of a change of a hold, posted when it is decided; the crypto of its credits is posted when the
 * exchange executed them. The message's own journal says what became owed to the bank, or covered by an exposure, or
 * refunded; each released debit and each cancelled exposure has a journal of its own.
 */
export function holdJournals(change: HoldChange, cause: HoldCause): readonly HoldPosting[] {
  const releases = change.flatMap((part) =>
    part.released > 0n ? releaseJournals(part, cause) : [],
  )
  if (cause.kind === 'release') return releases
  const lines = change.flatMap((part) =>
    messageLines(part, cause).map((line) => ({ ...line, authorizationId: part.id })),
  )
  return [...toJournal(`${cause.kind}/${uuidOf(cause.id)}`, lines), ...releases]
}

type Message = Exclude<HoldCause, { readonly kind: 'release' }>

function messageLines(part: PartChange, { bank, kind }: Message): readonly PostingLine[] {
  const { held, owedToBank, exposure } = LEDGER_ACCOUNTS
  switch (kind) {
    case 'clearing':
      return [
        // A final authorization is owed to the bank since its approval.
        ...(part.isFinal ? [] : [tenge(part.cleared - part.raised, held(bank), owedToBank(bank))]),
        tenge(part.raised, exposure(bank), owedToBank(bank)),
      ]
    case 'advice':
      return [tenge(part.raised, exposure(bank), holding(part, bank))]
    case 'refund':
      return [
        ...part.credits.map((credit) =>
          tenge(credit.billing, owedToBank(bank), conversionOf(credit)),
        ),
        ...part.cuts.map(({ amount }) => tenge(amount, owedToBank(bank), exposure(bank))),
      ]
  }
}

function releaseJournals(part: PartChange, { bank }: HoldCause): readonly HoldPosting[] {
  const from = holding(part, bank)
  const { exposure, refundSurplus } = LEDGER_ACCOUNTS
  const journals = [
    ...part.credits.map((credit) => toJournal(creditJournalId(credit), creditLines(credit, from))),
    ...part.cuts.map(({ exposure: cut, amount }) =>
      toJournal(`release/${uuidOf(cut.id)}/${cut.cancelled + amount}`, [
        tenge(amount, from, exposure(bank)),
      ]),
    ),
    // A refund had cancelled what would have paid for this. The bank owes that refund all the same, and no debit is
    // left that could be credited for it. An advice's exposure has its authorization's UUID: hence the word.
    toJournal(`release/${uuidOf(part.id)}/uncovered/${part.releasedBefore + part.released}`, [
      tenge(part.uncovered, from, refundSurplus(bank)),
    ]),
  ]
  return journals.flat().map((line) => ({ ...line, authorizationId: part.id }))
}

function creditLines(credit: CreditIntent, from: string): readonly PostingLine[] {
  const conversion = conversionOf(credit)
  return [
    tenge(credit.billing, from, conversion),
    tenge(credit.spread, LEDGER_ACCOUNTS.spreadIncome, conversion),
    tenge(credit.fee, LEDGER_ACCOUNTS.feeIncome, conversion),
  ]
}

/** What comes to no crypto has no credit to be named after: how far its debit is released tells it apart. */
function creditJournalId({ reference, debit, billing }: CreditIntent): string {
  return `release/${reference ?? `${debit.reference}/${debit.released + billing}`}`
}

function holding({ isFinal }: PartChange, bank: HoldCause['bank']): string {
  return isFinal ? LEDGER_ACCOUNTS.owedToBank(bank) : LEDGER_ACCOUNTS.held(bank)
}

function conversionOf({ debit }: CreditIntent): string {
  return LEDGER_ACCOUNTS.conversion(debit.exchange, debit.asset)
}

function tenge(amount: bigint, debitAccount: string, creditAccount: string): PostingLine {
  return { asset: 'KZT', amount, debitAccount, creditAccount }
}
