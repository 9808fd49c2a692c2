import type { Credential } from './credentials.ts'
import type { Balance, Conversion, Movement, Operation, Wallet } from './entries.ts'

/** Something that an exchange keeps besides money, such as a quote or a notice: JSON, replaced as a whole. */
export type StoredDocument = {
  readonly drawer: string
  readonly key: string
  /** Null takes it away. */
  readonly body: unknown
}

/** Everything that a restart must bring back. Operations, conversions and movements are in the order they happened. */
export type Snapshot = {
  readonly credentials: readonly Credential[]
  readonly wallets: readonly Wallet[]
  readonly operations: readonly Operation[]
  readonly movements: readonly Movement[]
  readonly conversions: readonly Conversion[]
  readonly documents: readonly StoredDocument[]
}

/** What one executed operation or conversion changed: balances as they stand after it. */
export type Change = {
  readonly operation?: Operation
  readonly conversion?: Conversion
  readonly movements: readonly Movement[]
  readonly balances: readonly Balance[]
}

/**
 * Where the sandbox's book survives a restart. The book in memory decides; the store only keeps what was decided,
 * in order. `saveChange` gives undefined when there is nothing to wait for, else a promise that an answer must await.
 */
export type Store = {
  load(): Promise<Snapshot>
  saveCredential(credential: Credential): Promise<void>
  saveWallet(wallet: Wallet): Promise<void>
  saveChange(change: Change): Promise<void> | undefined
  saveDocument(document: StoredDocument): Promise<void> | undefined
  /** Could a change be kept now? */
  isReachable(): boolean
  close(): Promise<void>
}

/** Keeps nothing: the book lives as long as the process. */
export function createMemoryStore(): Store {
  return {
    load: async () => ({
      credentials: [],
      wallets: [],
      operations: [],
      movements: [],
      conversions: [],
      documents: [],
    }),
    saveCredential: async () => undefined,
    saveWallet: async () => undefined,
    saveChange: () => undefined,
    saveDocument: () => undefined,
    isReachable: () => true,
    close: async () => undefined,
  }
}
