import type { KnownKey } from '../credentials.ts'

/** What a key may be allowed. `withdraw` is told, and no call asks for it. */
export type Permission = 'transfer' | 'read' | 'withdraw'

/** What the exchange says of a key. */
export type KeyTerms = {
  readonly permissions: readonly Permission[]
  readonly addresses: readonly string[]
}

/**
 * A key fit for production: bound to an address, may transfer and read, may not withdraw. What the credential's
 * `restrictions` say replaces a whole field. Addresses are told, not enforced.
 */
export function describeKey({ restrictions }: KnownKey): KeyTerms {
  const terms: KeyTerms = { permissions: ['transfer', 'read'], addresses: ['127.0.0.1'] }
  return { ...terms, ...restrictions }
}
