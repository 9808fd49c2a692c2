import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { SigningKey } from '@tolem/signature/sign'
import { cardBody } from '@tolem/wire/card'
import { z } from 'zod'

const demoCard = z.strictObject({
  token: z.string().min(1),
  /** What a person can expect of it: `pays from 2,000 USDT at Bybit`. */
  description: z.string(),
  /** The whole card as it was last put, so that a part of it can be changed: the API has no way of reading a card. */
  card: cardBody.optional(),
})

const demoBank = z.strictObject({
  id: z.string().min(1),
  name: z.string(),
  keyId: z.string().min(1),
  algorithm: z.enum(['hmac-sha256', 'ed25519']),
  /** `hmac-sha256`: the secret in base64; `ed25519`: the private key as a PKCS #8 PEM. */
  key: z.string().min(1),
  cards: z.array(demoCard),
})

const demoFile = z.strictObject({
  /** The bank API. */
  url: z.url(),
  /** The exchange sandbox. */
  sandboxUrl: z.url(),
  banks: z.array(demoBank).min(1),
})

/** A demo bank with the private half of its key. */
export type DemoBank = z.output<typeof demoBank>
/** `demo.json`: what any program needs to speak to a Tolem that `npm start` runs. Demo keys only, never real ones. */
export type DemoFile = z.output<typeof demoFile>

/** `demo.json` cannot be used. The message tells a person what to do. */
export class DemoFileMistake extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'DemoFileMistake'
  }
}

/**
 * Reads `demo.json`.
 *
 * @throws {DemoFileMistake} when it is not there or not what {@link writeDemoFile} writes.
 */
export function readDemoFile(path: string): DemoFile {
  const result = demoFile.safeParse(readJson(path))
  if (result.success) return result.data
  throw new DemoFileMistake(`${path} is not a demo file of this version:
${z.prettifyError(result.error)}
Start Tolem again: npm start`)
}

/** Writes `demo.json` whole or not at all, for its owner's eyes only (mode 0600: it holds keys). */
export function writeDemoFile(path: string, demo: DemoFile): void {
  mkdirSync(dirname(path), { recursive: true })
  const draft = `${path}.${randomUUID()}`
  writeFileSync(draft, `${JSON.stringify(demo, undefined, 2)}\n`, { mode: 0o600 })
  renameSync(draft, path)
}

/** The key that a demo bank signs with. */
export function signingKeyOf({ keyId, algorithm, key }: DemoBank): SigningKey {
  return { keyId, algorithm, secret: key }
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    const message = isAbsent
      ? `There is no ${path}. Start Tolem first: npm start`
      : `${path} cannot be read: ${String(error)}`
    throw new DemoFileMistake(message)
  }
}
