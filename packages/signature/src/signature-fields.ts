import { type InnerList, type Item, isInnerList, serializeInnerList } from 'structured-headers'
import type { SignatureAlgorithm } from './keys.ts'
import {
  isSupportedComponent,
  type MessageHeaders,
  ownComponents,
  readField,
} from './signature-base.ts'
import { readBytes, readDictionary } from './structured.ts'

/** One signature of a message, as its two fields state it. Nothing in it is proved yet. */
export type StatedSignature = {
  readonly components: readonly string[]
  /** The inner list with its parameters, serialized as it stands in the signature base. */
  readonly parameters: string
  readonly keyId: string | undefined
  readonly nonce: string | undefined
  /** Seconds since 1970. */
  readonly created: number | undefined
  /** Seconds since 1970. */
  readonly expires: number | undefined
  readonly algorithm: string | undefined
  readonly signature: Uint8Array
}

type OwnParameters = {
  readonly created: number
  readonly nonce: string
  readonly keyId: string
  readonly algorithm: SignatureAlgorithm
}

const ownList = `(${ownComponents.map((name) => `"${name}"`).join(' ')})`
const ownInput = new RegExp(
  [
    String.raw`^tolem=(\("@method" "@target-uri" "content-digest"\)`,
    String.raw`;created=(0|[1-9]\d{0,14})`,
    String.raw`;nonce="([!#-[\]-~ ]{8,128})"`,
    String.raw`;keyid="([\w.~:@/+=-]{1,128})"`,
    ';alg="([a-z0-9-]{1,32})")$',
  ].join(''),
)
const ownSignature = /^tolem=:([A-Za-z0-9+/]+={0,2}):$/

/** Key ids are looked up and logged before anything is proved, so they are short and plain. */
export function isKeyId(text: string): boolean {
  return /^[\w.~:@/+=-]{1,128}$/.test(text)
}

/**
 * Nonces are 8 to 128 printable ASCII characters: enough to be unique, bounded for whoever stores
 * them.
 */
export function isNonce(text: string): boolean {
  return /^[\x20-\x7e]{8,128}$/.test(text)
}

/** The inner list and parameters as our own signer writes them. */
export function writeOwnParameters(given: OwnParameters): string {
  const nonce = given.nonce.replace(/["\\]/g, '\\$&')
  const key = `keyid="${given.keyId}";alg="${given.algorithm}"`
  return `${ownList};created=${given.created};nonce="${nonce}";${key}`
}

/**
 * The signatures that a message states, in its order. Those that we cannot read are passed over, as
 * another party's may be: component parameters (`bs`, `sf`, `key`, `req`, `tr`), `@status`,
 * `@query-param`, a component twice, parameters of the wrong type, key ids or nonces out of bounds,
 * base64 that is not canonical. Empty when none is left; undefined when the message has no
 * signature.
 */
export function readSignatures(headers: MessageHeaders): readonly StatedSignature[] | undefined {
  const input = readField(headers, 'signature-input')
  const signature = readField(headers, 'signature')
  if (!input || !signature) return undefined
  const own = readOwnShape(input, signature)
  return own === undefined ? readAnyShape(input, signature) : [own]
}

/** What our own signer emits, without the general parser: 0.9 us instead of 11.8. */
function readOwnShape(input: string, signature: string): StatedSignature | undefined {
  const [, parameters, created, nonce, keyId, algorithm] = ownInput.exec(input) ?? []
  const base64 = ownSignature.exec(signature)?.[1]
  if (parameters === undefined || base64 === undefined) return undefined
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.toString('base64') !== base64) return undefined
  return {
    components: ownComponents,
    parameters,
    keyId,
    nonce,
    created: Number(created),
    expires: undefined,
    algorithm,
    signature: bytes,
  }
}

function readAnyShape(input: string, signature: string): readonly StatedSignature[] {
  const inputs = readDictionary(input)
  const signatures = readDictionary(signature)
  if (inputs === undefined || signatures === undefined) return []
  return [...inputs].flatMap(([label, member]) => {
    const bytes = readBytes(signatures, label)
    if (bytes === undefined || !isInnerList(member)) return []
    // The parser forgives base64 with stray low bits; we do not, so that a signature has one
    // spelling.
    if (!signature.includes(`:${bytes.toBase64()}:`)) return []
    return readStated(member, bytes) ?? []
  })
}

function readStated(member: InnerList, signature: Uint8Array): StatedSignature | undefined {
  const [items, parameters] = member
  const components = items.flatMap((item) => readComponentName(item) ?? [])
  if (components.length < items.length || new Set(components).size < items.length) return undefined
  const keyId = readText(parameters.get('keyid'), isKeyId)
  const nonce = readText(parameters.get('nonce'), isNonce)
  const algorithm = readText(parameters.get('alg'), () => true)
  const created = readInstant(parameters.get('created'))
  const expires = readInstant(parameters.get('expires'))
  if (keyId === null || nonce === null || algorithm === null) return undefined
  if (created === null || expires === null) return undefined
  const serialized = serializeInnerList(member)
  return {
    components,
    parameters: serialized,
    keyId,
    nonce,
    created,
    expires,
    algorithm,
    signature,
  }
}

function readComponentName([name, parameters]: Item): string | undefined {
  const supported = typeof name === 'string' && parameters.size === 0 && isSupportedComponent(name)
  return supported ? name : undefined
}

/** Undefined when absent, null when present but not what it must be. */
function readText(value: unknown, isFit: (text: string) => boolean): string | undefined | null {
  if (value === undefined) return undefined
  return typeof value === 'string' && isFit(value) ? value : null
}

/** Undefined when absent, null when present but not whole seconds since 1970. */
function readInstant(value: unknown): number | undefined | null {
  if (value === undefined) return undefined
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : null
}
