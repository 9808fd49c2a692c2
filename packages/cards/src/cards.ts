import { join } from 'node:path'
import type { Card } from '@tolem/domain/card'
import type { BankId, CardToken } from '@tolem/domain/ids'
import type { Postgres } from '@tolem/postgres/pool'
import { loadStatements } from '@tolem/postgres/statements'
import { LRUCache } from 'lru-cache'
import { type CardRow, rowToCard } from './card-row.ts'
import { type CardChanges, createChanges } from './changes.ts'

/** The channel on which the database tells that a card changed; the payload is `bank/token`. */
const CARD_CHANGED = 'card_changed'

/** Cards as their banks provisioned them. */
export type Cards = CardChanges & {
  /** From memory when it is there, else from the database. Nothing when the bank has no such card. */
  find(bank: BankId, token: CardToken): Promise<Card | undefined>
  /** As the database has it now: for showing a card to its bank. Nothing when the bank has no such card. */
  read(bank: BankId, token: CardToken): Promise<Card | undefined>
  /** Forgets what memory holds of a card: ACCEPT found that it has changed. */
  drop(bank: BankId, token: CardToken): void
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
  const statements = loadStatements(join(import.meta.dirname, 'sql'), [
    'card-change',
    'card-find',
    'card-put',
  ])
  // Reads, not cards: a notice that comes while a read is under way must make memory forget what it is about to give.
  const memory = new LRUCache<string, Promise<Card | undefined>>({ max: deps.remembered })
  let listener: { close(): Promise<void> } | undefined

  async function read(bank: BankId, token: CardToken): Promise<Card | undefined> {
    const [row] = await postgres.run<CardRow>(statements['card-find'], [bank, token])
    return row && rowToCard(bank, token, row)
  }

  const forget = (bank: BankId, token: CardToken) => memory.delete(keyOf(bank, token))
  const { close: closeChanges, ...changes } = createChanges({
    postgres,
    statements,
    now,
    read,
    forget: ({ bank, token }) => forget(bank, token),
  })

  return {
    ...changes,

    find(bank, token) {
      const key = keyOf(bank, token)
      const known = memory.get(key)
      if (known) return known
      const reading = read(bank, token)
      memory.set(key, reading)
      // The callers hear of it; memory must only not keep it.
      reading.catch(() => memory.get(key) === reading && memory.delete(key))
      return reading
    },

    read,
    drop: forget,

    async start() {
      listener = await postgres.listen(
        CARD_CHANGED,
        (key) => memory.delete(key),
        () => memory.clear(),
      )
    },

    async close() {
      await closeChanges()
      await listener?.close()
    },
  }
}

function keyOf(bank: BankId, token: CardToken): string {
  return `${bank}/${token}`
}
