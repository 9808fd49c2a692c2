import { createPublicKey, type KeyObject } from 'node:crypto'
import { accept, type Outcome, refuse } from '@tolem/domain/outcome'
import { z } from 'zod'
import { callPay, type PayLine, readPayAnswer } from './call.ts'

/** The public keys that sign Binance Pay's notices, by the serial that a notice names. Never throws. */
export type Certificates = {
  find(serial: string): Promise<Outcome<KeyObject, 'unknown' | 'unavailable'>>
}

/** Nobody waits longer for the answer to a notice, which is sent again anyway. */
const LIMIT_MS = 5_000

/** Anybody can send us notices under serials of his own; they must not use up our calls. */
const ASK_AGAIN_MS = { afterAnswer: 60_000, afterNone: 5_000 }

const list = z.array(z.object({ certSerial: z.string().min(1), certPublic: z.string().max(8_192) }))

/** Binance Pay's own list (Query Certificate), kept, and asked for again when a serial is new. `now`: milliseconds. */
export function createCertificates(deps: PayLine & { readonly now: () => number }): Certificates {
  let keyBySerial: ReadonlyMap<string, KeyObject> = new Map()
  let isKnown = false
  let nextAt = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined

  const read = async () => {
    const answer = await callPay(deps, {
      path: '/certificates',
      body: {},
      purpose: 'look_up',
      limit: { timeoutMs: LIMIT_MS },
    })
    const told = readPayAnswer(answer)
    const parsed = told.kind === 'data' ? list.safeParse(told.data) : undefined
    isKnown = parsed?.success === true
    nextAt = deps.now() + ASK_AGAIN_MS[isKnown ? 'afterAnswer' : 'afterNone']
    if (!parsed?.success) return
    keyBySerial = new Map(
      parsed.data.flatMap(({ certSerial, certPublic }) => {
        const key = readPublicKey(certPublic)
        return key ? [[certSerial, key] as const] : []
      }),
    )
  }

  return {
    async find(serial) {
      if (!keyBySerial.has(serial) && deps.now() >= nextAt) {
        reading ??= read().finally(() => {
          reading = undefined
        })
        await reading
      }
      const key = keyBySerial.get(serial)
      if (key) return accept(key)
      return refuse(isKnown ? 'unknown' : 'unavailable')
    },
  }
}

/** The one key that the programme names, whatever serial a notice has. */
export function pinnedCertificate(key: KeyObject): Certificates {
  return { find: () => Promise.resolve(accept(key)) }
}

/** An RSA key in PEM, with or without its first and last line; nothing when it is none. */
export function readPublicKey(text: string): KeyObject | undefined {
  const pem = text.includes('-----BEGIN')
    ? text
    : `-----BEGIN PUBLIC KEY-----\n${text.trim()}\n-----END PUBLIC KEY-----\n`
  try {
    const key = createPublicKey(pem)
    return key.asymmetricKeyType === 'rsa' ? key : undefined
  } catch {
    // Not a key: a notice that is signed under it cannot be checked, and is refused.
    return undefined
  }
}
