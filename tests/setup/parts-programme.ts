import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import type { DemoBank } from '@tolem/client/demo-file'
import { createSandbox } from '../support/sandbox.ts'
import { pilotAtSandbox } from './sandbox-programme.ts'

/** Nothing of the sandbox comes later than this, so that a test need not wait half a minute for a doubt to end. */
const NOT_FOUND_IS_FINAL_AFTER_MS = 3_000

/** A hundred times what Binance documents. */
export const ACCOUNT_WEIGHT = 18_000_000

const LIMITS = {
  concurrentCalls: 256,
  debitsPerSecond: 5_000,
  lookUpsPerSecond: 5_000,
  weightsPerMinute: { account: ACCOUNT_WEIGHT, address: 12_000, market: 6_000 },
}

/** The exchanges' keys by the names that the pilot gives them. */
const EXCHANGE_KEYS = [
  { exchange: 'bybit', apiKey: 'BYBIT_API_KEY', secret: 'BYBIT_API_SECRET' },
  { exchange: 'binance', apiKey: 'BINANCE_API_KEY', secret: 'BINANCE_API_SECRET' },
  { exchange: 'binance', apiKey: 'BINANCE_PAY_KEY', secret: 'BINANCE_PAY_SECRET' },
] as const

/** The pilot's programme with the sandbox for its exchanges, and secrets for all that it refers to. */
export async function writeProgramme(
  file: string,
  {
    sandboxUrl,
    railsUrl,
    responseBudgetMs,
    exchange: more,
    notFoundIsFinalAfterMs = NOT_FOUND_IS_FINAL_AFTER_MS,
  }: {
    readonly sandboxUrl: string
    readonly railsUrl: string
    readonly responseBudgetMs: number | undefined
    readonly exchange: object | undefined
    readonly notFoundIsFinalAfterMs: number | undefined
  },
) {
  const pilot = await pilotAtSandbox(sandboxUrl)
  const reached = { notFoundIsFinalAfterMs, host: railsUrl }
  const exchanges = pilot.exchanges.map((exchange) => ({
    ...exchange,
    rails: exchange.rails.map((rail) => ({
      ...rail,
      ...reached,
      ...('limits' in rail && { limits: LIMITS }),
    })),
    ...(exchange.conversion && { conversion: { ...exchange.conversion, ...reached } }),
    limits: LIMITS,
    ...more,
  }))
  // Without a budget of its own a bank keeps the pilot's.
  const written = pilot.banks.map((bank) => ({
    ...bank,
    ...(responseBudgetMs && { responseBudgetMs }),
  }))
  await writeFile(file, JSON.stringify({ ...pilot, banks: written, exchanges }))
  const secrets = makeExchangeSecrets()
  const banks = pilot.banks.map(({ id, name, keys: [key] }): DemoBank => {
    const { keyId, algorithm, secret } = key
    const made = makeKey(algorithm)
    secrets[secret.slice('env:'.length)] = made.verifying
    return { id, name, keyId, algorithm, key: made.signing, cards: [] }
  })
  return { banks, secrets }
}

function makeKey(algorithm: DemoBank['algorithm']): { verifying: string; signing: string } {
  if (algorithm === 'hmac-sha256') {
    const secret = randomBytes(32).toString('base64')
    return { verifying: secret, signing: secret }
  }
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  return {
    verifying: publicKey.export({ type: 'spki', format: 'pem' }),
    signing: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  }
}

/** A secret for each name by which the pilot refers to its exchanges' keys. */
export function makeExchangeSecrets(): Record<string, string> {
  const names = EXCHANGE_KEYS.flatMap(({ apiKey, secret }) => [apiKey, secret])
  return Object.fromEntries(names.map((name) => [name, randomBytes(24).toString('hex')]))
}

/** Makes the sandbox know the keys that the programme refers to. */
export async function openCredentials(
  sandboxUrl: string,
  secrets: Readonly<Record<string, string>>,
): Promise<void> {
  for (const { exchange, apiKey, secret } of EXCHANGE_KEYS)
    await createSandbox(sandboxUrl).putCredentials({
      exchange,
      apiKey: secrets[apiKey],
      secret: secrets[secret],
    })
}
