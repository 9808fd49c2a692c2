import assert from 'node:assert'
import { type Card, type CardStatus, statusesBefore, type WalletLink } from '@tolem/domain/card'
import type { Controls } from '@tolem/domain/controls'
import type { BankId, CardToken } from '@tolem/domain/ids'
import { localDay } from '@tolem/domain/local-day'
import { createGroupCommit } from '@tolem/postgres/group-commit'
import type { Postgres } from '@tolem/postgres/pool'
import type { Statement } from '@tolem/postgres/statements'
import { type CardRow, rowToCard, toJson } from './card-row.ts'

/** A card before the database has numbered this version of it. */
type NewCard = Omit<Card, 'version'>

/** Whose card: the bank and its token. */
export type CardName = Pick<Card, 'bank' | 'token'>

/**
 * A card as a change left it; or that its status, which is `from`, may not become the new one, in which case nothing of
 * the card was changed.
 */
export type CardChange =
  | { readonly kind: 'changed'; readonly card: Card }
  | { readonly kind: 'status_refused'; readonly from: CardStatus }

/** What a bank may change of its cards. Each change raises the card's version, and every process hears of it. */
export type CardChanges = {
  /** Makes a card what its bank says it is; the whole card is replaced. */
  put(card: NewCard): Promise<CardChange>
  /** Changes the status alone. Nothing when the bank has no such card. */
  putStatus(name: CardName, status: CardStatus): Promise<CardChange | undefined>
  /** Replaces the controls alone. Nothing when the bank has no such card. */
  putControls(name: CardName, controls: Controls): Promise<Card | undefined>
  /** Replaces the wallet link alone. Nothing when the bank has no such card. */
  putWalletLink(name: CardName, walletLink: WalletLink): Promise<Card | undefined>
}

/** What changes are made with. `forget` is called when one is done, before its caller hears of it. */
export type ChangesDeps = {
  readonly postgres: Postgres
  readonly statements: Readonly<Record<'card-put' | 'card-change', Statement>>
  readonly now: () => number
  readonly read: (bank: BankId, token: CardToken) => Promise<Card | undefined>
  readonly forget: (name: CardName) => void
}

/** A bank that provisions its cards in one burst must not take the connections that purchases need: it queues here. */
const CHANGES_AT_ONCE = 2
const CHANGES_QUEUED = 4_096

/** A change that queues for its turn. */
type Queued = { readonly name: CardName; readonly make: () => Promise<CardChange | undefined> }

/** What of a card is changed alone: exactly one of these. */
type CardPart =
  | { readonly kind: 'status'; readonly status: CardStatus }
  | { readonly kind: 'controls'; readonly controls: Controls }
  | { readonly kind: 'wallet_link'; readonly walletLink: WalletLink }

/** Changes of cards, few at a time; those of one card in the order in which they came. */
export function createChanges(
  deps: ChangesDeps,
): CardChanges & { readonly close: () => Promise<void> } {
  const changing = createGroupCommit<Queued, CardChange | undefined>({
    maxBatch: 1,
    maxQueued: CHANGES_QUEUED,
    lanes: CHANGES_AT_ONCE,
    conflictKeys: ({ name: { bank, token } }) => [`${bank}/${token}`],
    run: async ([queued]) => {
      assert(queued)
      const change = await queued.make()
      deps.forget(queued.name)
      return [change]
    },
  })
  const changePart = (name: CardName, part: CardPart) =>
    changing.submit({ name, make: () => changeCard(deps, name, part) })

  return {
    async put(card) {
      const change = await changing.submit({ name: card, make: () => putCard(deps, card) })
      assert(change, 'a whole card is put whether it was there or not')
      return change
    },
    putStatus: (name, status) => changePart(name, { kind: 'status', status }),
    putControls: async (name, controls) =>
      cardOf(await changePart(name, { kind: 'controls', controls })),
    putWalletLink: async (name, walletLink) =>
      cardOf(await changePart(name, { kind: 'wallet_link', walletLink })),
    close: changing.close,
  }
}

async function putCard(deps: ChangesDeps, card: NewCard): Promise<CardChange> {
  const [row] = await deps.postgres.run<{ version: string }>(deps.statements['card-put'], [
    card.bank,
    card.token,
    card.status,
    card.expiresOn,
    card.lastFour ?? null,
    toJson(card.limits),
    toJson(card.controls),
    card.walletLink ? JSON.stringify(card.walletLink) : null,
    localDay(deps.now()),
    statusesBefore(card.status),
  ])
  if (row) return { kind: 'changed', card: { ...card, version: Number(row.version) } }
  const stored = await deps.read(card.bank, card.token)
  assert(stored, 'a card that refused a change is there')
  return { kind: 'status_refused', from: stored.status }
}

async function changeCard(
  deps: ChangesDeps,
  { bank, token }: CardName,
  part: CardPart,
): Promise<CardChange | undefined> {
  const [row] = await deps.postgres.run<CardRow & { readonly is_changed: boolean }>(
    deps.statements['card-change'],
    [
      bank,
      token,
      part.kind === 'status' ? part.status : null,
      part.kind === 'status' ? statusesBefore(part.status) : null,
      part.kind === 'controls' ? toJson(part.controls) : null,
      part.kind === 'wallet_link' ? JSON.stringify(part.walletLink) : null,
    ],
  )
  if (!row) return undefined
  if (!row.is_changed) return { kind: 'status_refused', from: row.status }
  return { kind: 'changed', card: rowToCard(bank, token, row) }
}

/** The card of a change that leaves its status alone, and so is never refused. */
function cardOf(change: CardChange | undefined): Card | undefined {
  if (!change) return undefined
  assert(change.kind === 'changed', 'only a change of status is refused')
  return change.card
}
