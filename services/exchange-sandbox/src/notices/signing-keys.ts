import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { Cabinet } from '../cabinet.ts'

/** Who signs notices. */
export const SIGNERS = ['bybit-pay', 'binance-pay'] as const

export type Signer = (typeof SIGNERS)[number]

/** A signer's RSA key of 2048 bits; the public half as PEM (SPKI). */
export type SigningKey = { readonly privateKey: KeyObject; readonly publicKeyPem: string }

/** Each signer's key pair: made when first asked for, kept by the store, the same after a restart. */
export type SigningKeys = (signer: Signer) => Promise<SigningKey>

export function createSigningKeys(cabinet: Cabinet): SigningKeys {
  const drawer = cabinet.open<{ readonly privateKeyPem: string }>('signing-keys')
  const known = new Map<Signer, Promise<SigningKey>>()
  const findOrMake = async (signer: Signer): Promise<SigningKey> => {
    const kept = drawer.find(signer)
    if (kept !== undefined) return read(kept.privateKeyPem)
    const pair = await promisify(generateKeyPair)('rsa', { modulusLength: 2_048 })
    const privateKeyPem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' })
    await drawer.put(signer, { privateKeyPem })
    return read(privateKeyPem)
  }
  return (signer) => {
    const key = known.get(signer) ?? findOrMake(signer)
    known.set(signer, key)
    return key
  }
}

function read(privateKeyPem: string): SigningKey {
  const privateKey = createPrivateKey(privateKeyPem)
  const publicKeyPem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' })
  return { privateKey, publicKeyPem }
}
