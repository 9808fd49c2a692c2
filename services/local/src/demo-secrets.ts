import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from '@tolem/config/read-config'
import type { Programme } from '@tolem/programme/schema'

/** Secrets of one home by the programme's references, and what each bank signs with. */
export type DemoSecrets = {
  /** By environment variable name, as the programme's `env:` references say. */
  readonly environment: Readonly<Record<string, string>>
  /** By key id: the base64 secret, or the private key as PEM. */
  readonly signingKeys: Readonly<Record<string, string>>
}

/**
 * The demo's keys: made once for a home and kept in it, readable by its owner only. What the environment gives is used
 * instead and not kept; a key that the programme gained since is added; none is ever printed.
 */
export function keepDemoSecrets(
  home: string,
  programme: Programme,
  environment: Environment,
): DemoSecrets {
  const file = join(home, 'secrets.json')
  const kept: DemoSecrets = existsSync(file)
    ? JSON.parse(readFileSync(file, 'utf8'))
    : { environment: {}, signingKeys: {} }
  const secrets = completeSecrets(kept, programme, environment)
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const draft = `${file}.draft`
  writeFileSync(draft, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 })
  renameSync(draft, file)
  return withGivenKeys(secrets, programme, environment)
}

function completeSecrets(kept: DemoSecrets, programme: Programme, given: Environment): DemoSecrets {
  const environment = { ...kept.environment }
  const signingKeys = { ...kept.signingKeys }
  const isMissing = (name: string | undefined): name is string =>
    name !== undefined && !given[name] && environment[name] === undefined
  for (const { keyId, algorithm, secret } of programme.banks.flatMap((bank) => bank.keys)) {
    const name = nameOf(secret)
    if (!isMissing(name)) continue
    const made = algorithm === 'hmac-sha256' ? makeSharedSecret() : makeKeyPair()
    environment[name] = made.verifying
    signingKeys[keyId] = made.signing
  }
  const own = programme.exchanges.flatMap(({ rails }) => rails)
  for (const { credentials } of [...programme.exchanges, ...own])
    for (const name of [nameOf(credentials?.apiKey), nameOf(credentials?.secret)])
      if (isMissing(name)) environment[name] = randomBytes(24).toString('hex')
  return { environment, signingKeys }
}

/** A shared secret that the environment gives signs as well; a public key does not, so that bank is not in the demo. */
function withGivenKeys(
  secrets: DemoSecrets,
  programme: Programme,
  given: Environment,
): DemoSecrets {
  const signingKeys = { ...secrets.signingKeys }
  for (const { keyId, algorithm, secret } of programme.banks.flatMap((bank) => bank.keys)) {
    const text = given[nameOf(secret) ?? '']
    if (!text) continue
    if (algorithm === 'hmac-sha256') signingKeys[keyId] = text
    else delete signingKeys[keyId]
  }
  return { ...secrets, signingKeys }
}

function nameOf(reference: string | undefined): string | undefined {
  return reference?.startsWith('env:') ? reference.slice('env:'.length) : undefined
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
