import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { Exchange } from './coins.ts'
import type { Store } from './store.ts'

/** An API key as the control interface sets it. `restrictions` overrides what the exchange says that the key may do. */
export type Credential = {
  readonly exchange: Exchange
  readonly apiKey: string
  readonly secret: string
  readonly restrictions: Readonly<Record<string, unknown>>
}

/** A known key, ready to check signatures. */
export type KnownKey = {
  readonly hmacKey: KeyObject
  readonly restrictions: Readonly<Record<string, unknown>>
}

/** The API keys that the sandbox accepts, by exchange. */
export type Credentials = {
  find(exchange: Exchange, apiKey: string): KnownKey | undefined
  /** Adds or replaces a key; durable when it resolves. */
  put(credential: Credential): Promise<void>
}

export function createCredentials(known: readonly Credential[], store: Store): Credentials {
  const keys = new Map<string, KnownKey>()
  const keep = (credential: Credential) =>
    keys.set(`${credential.exchange} ${credential.apiKey}`, {
      hmacKey: createSecretKey(Buffer.from(credential.secret)),
      restrictions: credential.restrictions,
    })
  known.forEach(keep)
  return {
    find: (exchange, apiKey) => keys.get(`${exchange} ${apiKey}`),
    put: async (credential) => {
      await store.saveCredential(credential)
      keep(credential)
    },
  }
}

/** Is `signature` (hex of either case) the HMAC-SHA256 of the payload? Compared in constant time. */
export function isSignedBy(key: KeyObject, payload: string, signature: string): boolean {
  const expected = createHmac('sha256', key).update(payload).digest()
  const given = Buffer.from(signature, 'hex')
  return given.length === expected.length && timingSafeEqual(given, expected)
}
