import { readFileSync } from 'node:fs'
import type { Environment } from './read-config.ts'

/** Turns a reference to a secret into the secret. */
export type SecretReader = (reference: string) => string

/**
 * Reads secrets by reference only, so that no file of ours ever holds one: `env:NAME` is an environment variable,
 * `file:/path` is a file's content without its last newline.
 *
 * The returned reader throws an `Error` that names the reference, never the secret.
 */
export function createSecretReader(environment: Environment): SecretReader {
  return (reference) => {
    const secret = read(reference, environment)
    if (!secret) throw new Error(`secret ${reference} is empty or not set`)
    return secret
  }
}

function read(reference: string, environment: Environment): string | undefined {
  const [scheme, ...rest] = reference.split(':')
  const name = rest.join(':')
  if (scheme === 'env') return environment[name]
  if (scheme === 'file') return readFileSync(name, 'utf8').replace(/\r?\n$/, '')
  throw new Error(`secret reference ${scheme}:… is not understood: use env:NAME or file:/path`)
}
