import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { PILOT_PROGRAMME_FILE } from '@tolem/programme'
import type { SigningKey } from '@tolem/signature/sign'

/** A bank of the benchmark and the key it signs with. */
export type Bank = { readonly id: string; readonly key: SigningKey }

/** An API key as the sandbox must know it. */
export type Credentials = {
  readonly exchange: string
  readonly apiKey: string
  readonly secret: string
}

/** The pilot programme with fresh keys, pointed at the sandbox. */
export type BenchProgramme = {
  readonly json: string
  /** The secrets that the programme refers to, by the names of their environment variables. */
  readonly secrets: Readonly<Record<string, string>>
  readonly banks: readonly Bank[]
  readonly credentials: readonly Credentials[]
  readonly merchantId: string
}

/** So far beyond what one machine can do that no rate limit of an exchange is measured. */
export const RAISED_PER_SECOND = 1_000_000

/** More than the largest number of connections that is useful on one machine. */
const CONCURRENT_CALLS = 1_024

/** The sandbox counts 360 for a transfer, as documented. */
export const WEIGHT_RAISED = RAISED_PER_SECOND * 60 * 360

const RAISED = {
  concurrentCalls: CONCURRENT_CALLS,
  debitsPerSecond: RAISED_PER_SECOND,
  lookUpsPerSecond: RAISED_PER_SECOND,
  weightsPerMinute: { account: WEIGHT_RAISED, address: WEIGHT_RAISED, market: WEIGHT_RAISED },
}

/** The file as it is written, as far as it is read here. */
type ProgrammeFile = {
  readonly banks: readonly {
    readonly id: string
    readonly keys: readonly {
      readonly keyId: string
      readonly algorithm: 'hmac-sha256' | 'ed25519'
      readonly secret: string
    }[]
  }[]
  readonly exchanges: readonly {
    readonly adapter: string
    readonly credentials: { readonly apiKey: string; readonly secret: string }
    readonly rails: readonly {
      readonly rail: string
      readonly merchantId?: string
      readonly credentials?: { readonly apiKey: string; readonly secret: string }
      readonly limits?: object
    }[]
    readonly conversion?: object
    readonly feed: { readonly webSocket: string }
  }[]
  readonly ratePolicy: object
}

/** Makes the programme of one run. */
export function makeProgramme(sandboxUrl: string): BenchProgramme {
  const pilot: ProgrammeFile = JSON.parse(readFileSync(PILOT_PROGRAMME_FILE, 'utf8'))
  const secrets: Record<string, string> = {}
  const banks = pilot.banks.map(({ id, keys: [key] }): Bank => {
    if (!key) throw new Error(`bank ${id} of the pilot programme has no key`)
    const made = key.algorithm === 'hmac-sha256' ? makeSharedSecret() : makeKeyPair()
    secrets[nameOf(key.secret)] = made.verifying
    return { id, key: { keyId: key.keyId, algorithm: key.algorithm, secret: made.signing } }
  })
  const credentials = pilot.exchanges.flatMap(({ adapter, credentials: shared, rails: own }) =>
    [shared, ...own.flatMap((rail) => rail.credentials ?? [])].map(({ apiKey, secret }) => {
      const made = {
        apiKey: randomBytes(16).toString('hex'),
        secret: randomBytes(32).toString('hex'),
      }
      secrets[nameOf(apiKey)] = made.apiKey
      secrets[nameOf(secret)] = made.secret
      return { exchange: adapter, ...made }
    }),
  )
  const rails = pilot.exchanges.flatMap((exchange) => exchange.rails)
  const merchantId = rails.find((rail) => rail.rail === 'bybit-pay')?.merchantId ?? ''
  const json = JSON.stringify(pointToSandbox(pilot, sandboxUrl), undefined, 2)
  return { json, secrets, banks, credentials, merchantId }
}

function pointToSandbox(pilot: ProgrammeFile, sandboxUrl: string): ProgrammeFile {
  const webSocketOf = (written: string) =>
    sandboxUrl.replace(/^http/, 'ws') + new URL(written).pathname.replace(/\/$/, '')
  return {
    ...pilot,
    exchanges: pilot.exchanges.map((exchange) => ({
      ...exchange,
      rails: exchange.rails.map((rail) => ({
        ...rail,
        host: sandboxUrl,
        ...(rail.limits && { limits: RAISED }),
      })),
      ...(exchange.conversion && { conversion: { ...exchange.conversion, host: sandboxUrl } }),
      limits: RAISED,
      feed: {
        ...exchange.feed,
        rest: sandboxUrl,
        webSocket: webSocketOf(exchange.feed.webSocket),
      },
    })),
    // No run asks the National Bank itself.
    ratePolicy: { ...pilot.ratePolicy, officialRate: undefined },
  }
}

function nameOf(reference: string): string {
  return reference.slice('env:'.length)
}

function makeSharedSecret(): { verifying: string; signing: string } {
  const secret = randomBytes(32).toString('base64')
  return { verifying: secret, signing: secret }
}

function makeKeyPair(): { verifying: string; signing: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  return {
    verifying: publicKey.export({ type: 'spki', format: 'pem' }),
    signing: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  }
}
