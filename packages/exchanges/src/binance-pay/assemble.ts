import { randomBytes } from 'node:crypto'
import { refuse } from '@tolem/domain/outcome'
import type { AssemblyParts, RailAssembly } from '../assembly.ts'
import type { BinancePaySettings } from '../settings.ts'
import type { PayLine } from './call.ts'
import {
  type Certificates,
  createCertificates,
  pinnedCertificate,
  readPublicKey,
} from './certificates.ts'
import { createBinancePayContracts } from './contracts.ts'
import { createBinancePayNotices } from './notices.ts'
import { createBinancePay } from './pay.ts'
import { createPaySigner } from './sign.ts'

/**
 * Everything of one merchant at Binance Pay.
 *
 * @throws {Error} when the key of its notices is none.
 */
export function createBinancePayRail(
  settings: BinancePaySettings,
  parts: AssemblyParts,
): RailAssembly {
  const { exchange, apiKey, secret } = parts
  const client = parts.open('binance-pay', settings.host)
  const { now } = client.clock
  const nonce = () => randomBytes(16).toString('hex')
  const line = { client, sign: createPaySigner({ apiKey, secret, nonce, now }), exchange, settings }
  const certificates = certificatesOf(settings, { ...parts, line })
  return {
    client,
    port: createBinancePay(line),
    mandates: createBinancePayContracts(line),
    notices: createBinancePayNotices({ exchange, certificates, now }),
    // No call of Binance Pay's tells what a key may do.
    key: {
      exchange,
      usedFor: 'binance-pay',
      readKey: () => Promise.resolve(refuse('unsupported')),
    },
  }
}

/** The key that the programme pins, or those that Binance Pay itself lists. */
function certificatesOf(
  { noticeKey }: BinancePaySettings,
  { readSecret, line }: AssemblyParts & { readonly line: PayLine },
): Certificates {
  if (noticeKey === undefined) return createCertificates({ ...line, now: line.client.clock.now })
  const key = readPublicKey(readSecret(noticeKey))
  if (!key) throw new Error(`${noticeKey} is no RSA public key in PEM`)
  return pinnedCertificate(key)
}
