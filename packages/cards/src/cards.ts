import assert from 'node:assert'
import { join } from 'node:path'
import type { Card } from '@tolem/domain/card'
import type { BankId, CardToken } from '@tolem/domain/ids'
import { localDay } from '@tolem/domain/local-day'
import { createGroupCommit } from '@tolem/postgres/group-commit'
import type { Postgres } from '@tolem/postgres/pool'
import { loadStatements } from '@tolem/postgres/statements'
import { LRUCache } from 'lru-cache'
import { type CardRow, limitsToJson, rowToCard } from './card-row.ts'

/** The channel on which the database tells that a card changed; the payload is `bank/token`. */
const CARD_CHANGED = 'card_changed'

/** A card before the database has numbered this version of it. */
type NewCard = Omit<Card, 'version'>

/** A bank that provisions its cards in one burst must not take the connections that purchases need: it queues here. */
const PUTS_AT_ONCE = 2
const PUTS_QUEUED = 4_096

/** Cards as their banks provisioned them. */
export type Cards = {
  /** From memory when it is there, else from the database. Nothing when the bank has no such card. */
  find(bank: BankId, token: CardToken): Promise<Card | undefined>
  /** Forgets what memory holds of a card: ACCEPT found that it has changed. */
  drop(bank: BankId, token: CardToken): void
  /** Makes a card what its bank says it is; the whole card is replaced and its version raised. */
  put(card: NewCard): Promise<Card>
  /** Keeps memory fresh by listening to the database. Call once before use. */
  start(): Promise<void>
  close(): Promise<void>
}

/**
 * Cards with a bounded memory of `remembered` cards, unknown ones included. Memory is dropped by the database's notice,
 * and whole when notices may have been missed. ACCEPT re-checks a card that may pay; one that may not is declined as
 * memory has it, until the notice comes.
 */
export function createCards(deps: {
  readonly postgres: Postgres
  readonly remembered: number
  readonly now: () => number
}): Cards {
  const { postgres, now } = deps
  const statements = loadStatements(join(import.meta.dirname, 'sql'), ['card-find', 'card-put'])
  // Reads, not cards: a notice that comes while a read is under way must make memory forget what it is about to give.
  const memory = new LRUCache<string, Promise<Card | undefined>>({ max: deps.remembered })
  let listener: { close(): Promise<void> } | undefined

  async function readCard(bank: BankId, token: CardToken): Promise<Card | undefined> {
    const [row] = await postgres.run<CardRow>(statements['card-find'], [bank, token])
    return row && rowToCard(bank, token, row)
  }

  async function putCard(card: NewCard): Promise<Card> {
    const [row] = await postgres.run<{ version: string }>(statements['card-put'], [
      card.bank,
      card.token,
      card.status,
      card.expiresOn,
      card.lastFour ?? null,
      limitsToJson(card.limits),
      card.walletLink ? JSON.stringify(card.walletLink) : null,
      localDay(now()),
    ])
    assert(row, 'card-put gives one row')
    memory.delete(keyOf(card.bank, card.token))
    return { ...card, version: Number(row.version) }
  }

  const putting = createGroupCommit<NewCard, Card>({
    maxBatch: 1,
    maxQueued: PUTS_QUEUED,
    lanes: PUTS_AT_ONCE,
    conflictKeys: ({ bank, token }) => [keyOf(bank, token)],
    run: async ([card]) => {
      assert(card)
      return [await putCard(card)]
    },
  })

  return {
    find(bank, token) {
      const key = keyOf(bank, token)
      const known = memory.get(key)
      if (known) return known
      const read = readCard(bank, token)
      memory.set(key, read)
      // The callers hear of it; memory must only not keep it.
      read.catch(() => memory.get(key) === read && memory.delete(key))
      return read
    },

    drop(bank, token) {
      memory.delete(keyOf(bank, token))
    },

    put: (card) => putting.submit(card),

    async start() {
      listener = await postgres.listen(
        CARD_CHANGED,
        (key) => memory.delete(key),
        () => memory.clear(),
      )
    },

    async close() {
      await putting.close()
      await listener?.close()
    },
  }
}

function keyOf(bank: BankId, token: CardToken): string {
  return `${bank}/${token}`
}
