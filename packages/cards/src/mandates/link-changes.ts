import type { Card, WalletLink } from '@tolem/domain/card'
import { uuidOf } from '@tolem/domain/ids'
import {
  type MandateId,
  type MandateReason,
  mandateReference,
  type SignedMandate,
} from '@tolem/domain/mandate'
import type { Run } from '@tolem/postgres/pool'
import type { Statement } from '@tolem/postgres/statements'
import { type CardRow, rowToCard } from '../card-row.ts'
import type { CardName } from '../changes.ts'
import type { ClaimedMandate, MandateWrite } from '../mandates.ts'
import {
  isSameWallet,
  isUnderMandate,
  type LinkableCard,
  walletOf,
  whyNotLinked,
} from './linking.ts'
import { type MandateRow, rowToMandate } from './mandate-row.ts'

/** What the changes of a card's link are written with, all in one transaction. */
export type LinkSession = {
  readonly run: Run
  readonly statements: Readonly<
    Record<
      'card-lock' | 'card-link' | 'mandate-lock' | 'mandate-revoke' | 'mandate-adopt',
      Statement
    >
  >
  /** Writes a mandate in its claim; false when the claim was lost. */
  readonly change: (mandate: ClaimedMandate, write: MandateWrite) => Promise<boolean>
}

type LockedCard = CardRow & { readonly wallet_linked_at: Date | null }

/** A mandate was signed: it pays for its card from now on, and older ones of the card end; or it must be ended. */
export async function linkSigned(
  session: LinkSession,
  mandate: ClaimedMandate,
  signing: { readonly signed: SignedMandate; readonly delayMs: number },
): Promise<'signed' | 'ending' | 'claim_lost'> {
  const { signed, delayMs } = signing
  const row = await lockCard(session, nameOf(mandate))
  const open = await lockMandates(session, nameOf(mandate))
  const older = open.filter(({ id }) => id < mandate.id)
  const whyNot = row ? whyNotLinked(toLinkable(row), mandate, older) : 'card_ended'
  const write: MandateWrite = whyNot
    ? { status: 'ending', reason: whyNot, signed, delayMs: 0 }
    : { status: 'signed', signed, delayMs }
  if (!(await session.change(mandate, write))) return 'claim_lost'
  if (whyNot) return 'ending'
  await putLink(session, nameOf(mandate), walletOf(mandate, signed))
  await revoke(session, older, 'replaced')
  return 'signed'
}

/** A mandate has come to its end: if it still pays for its card, the card has no wallet any more. */
export async function unlinkEnded(
  session: LinkSession,
  mandate: ClaimedMandate,
  write: MandateWrite,
): Promise<'ended' | 'claim_lost'> {
  const row = await lockCard(session, nameOf(mandate))
  if (!(await session.change(mandate, write))) return 'claim_lost'
  const { signed } = mandate
  const wallet = signed && walletOf(mandate, signed)
  if (wallet && row?.wallet_link && isSameWallet(row.wallet_link, wallet))
    await putLink(session, nameOf(mandate), null)
  return 'ended'
}

/**
 * Takes a card's wallet away, and has every mandate of the card ended that is signed or may still be; one that the bank
 * had signed elsewhere is taken up for that under `newId`. Nothing when the bank has no such card.
 */
export async function unlink(
  session: LinkSession,
  name: CardName,
  newId: () => MandateId,
): Promise<Card | undefined> {
  const row = await lockCard(session, name)
  if (!row) return undefined
  const open = await lockMandates(session, name)
  await revoke(session, open, 'revoked_by_bank')
  const { wallet_link: link } = row
  if (link === null) return rowToCard(name.bank, name.token, row)
  const isOurs = open.some(
    ({ signed, ...one }) => signed && isSameWallet(walletOf(one, signed), link),
  )
  if (isUnderMandate(link) && !isOurs) await adopt(session, { name, link, id: newId() })
  return rowToCard(name.bank, name.token, await putLink(session, name, null))
}

async function lockCard(
  { run, statements }: LinkSession,
  { bank, token }: CardName,
): Promise<LockedCard | undefined> {
  const [row] = await run<LockedCard>(statements['card-lock'], [bank, token])
  return row
}

async function lockMandates(
  { run, statements }: LinkSession,
  { bank, token }: CardName,
): Promise<readonly ClaimedMandate[]> {
  const rows = await run<MandateRow>(statements['mandate-lock'], [bank, token])
  return rows.map(rowToMandate)
}

async function revoke(
  { run, statements }: LinkSession,
  mandates: readonly ClaimedMandate[],
  reason: MandateReason,
): Promise<void> {
  if (mandates.length === 0) return
  await run(statements['mandate-revoke'], [mandates.map(({ id }) => uuidOf(id)), reason])
}

async function adopt(
  { run, statements }: LinkSession,
  mandate: { readonly name: CardName; readonly link: WalletLink; readonly id: MandateId },
): Promise<void> {
  const { name, link, id } = mandate
  await run(statements['mandate-adopt'], [
    uuidOf(id),
    mandateReference(id),
    name.bank,
    name.token,
    JSON.stringify(link),
    'revoked_by_bank' satisfies MandateReason,
  ])
}

async function putLink(
  { run, statements }: LinkSession,
  { bank, token }: CardName,
  link: WalletLink | null,
): Promise<CardRow> {
  const values = [bank, token, link && JSON.stringify(link)]
  const [row] = await run<CardRow>(statements['card-link'], values)
  if (!row) throw new Error('a locked card is not there')
  return row
}

function toLinkable({ status, wallet_link: link, wallet_linked_at: at }: LockedCard): LinkableCard {
  return {
    status,
    ...(link !== null && { walletLink: link }),
    ...(at !== null && { linkedAt: at.getTime() }),
  }
}

function nameOf({ bank, cardToken: token }: ClaimedMandate): CardName {
  return { bank, token }
}
