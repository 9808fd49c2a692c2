import type { Book } from '../../book.ts'
import type { SandboxConfig } from '../../config.ts'
import { MASTER } from '../../entries.ts'

/** The master or one of its sub-accounts: its UID, and its wallet in the book. */
export type Member = { readonly uid: string; readonly wallet: string }

/** The member with this UID. A Bybit Pay agreement is no member. */
export function memberAt(
  { book, config }: { readonly book: Book; readonly config: SandboxConfig },
  uid: string,
): Member | undefined {
  if (uid === config.SANDBOX_BYBIT_MASTER_UID) return { uid, wallet: MASTER }
  const wallet = book.wallet('bybit', uid)
  if (wallet === undefined || wallet.agreement !== undefined || uid === MASTER) return undefined
  return { uid, wallet: uid }
}

/** The UID behind a wallet of the book. */
export function uidOf(config: SandboxConfig, wallet: string): string {
  return wallet === MASTER ? config.SANDBOX_BYBIT_MASTER_UID : wallet
}
