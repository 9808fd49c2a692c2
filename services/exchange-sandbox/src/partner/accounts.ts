import type { Book } from '../book.ts'
import type { Cabinet } from '../cabinet.ts'
import { MASTER, type Wallet } from '../entries.ts'

/** An account's name on the wire. */
export const ACCOUNT = /^[A-Za-z0-9._@-]{1,64}$/

/** Open, or closed: then it takes credits and shows its balances, and cannot be debited. */
export type AccountState = 'open' | 'closed'

/** Customers' accounts at the partner: the money is the book's, the state a document. */
export type Accounts = {
  /** The account with this name; the programme's own is nobody's. */
  find(name: string): Wallet | undefined
  stateOf(name: string): AccountState
  /** Durable when it resolves. */
  setState(name: string, state: AccountState): Promise<void>
}

/** The accounts of the book. Opened once: it owns the drawer of states. */
export function createAccounts({ book, cabinet }: { book: Book; cabinet: Cabinet }): Accounts {
  const closed = cabinet.open<{ readonly state: 'closed' }>('partner-accounts')
  return {
    find: (name) => (name === MASTER ? undefined : book.wallet('partner', name)),
    stateOf: (name) => closed.find(name)?.state ?? 'open',
    setState: async (name, state) => {
      if (state === 'closed') await closed.put(name, { state })
      else if (closed.find(name) !== undefined) await closed.remove(name)
    },
  }
}
