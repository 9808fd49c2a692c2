/**
 * Header fields with lower-case names, as Node gives them; several values of one field may stand in
 * an array.
 */
export type MessageHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** What a signature base is made from. `url` is absolute, exactly as the client sent it. */
export type MessageParts = {
  readonly method: string
  readonly url: string
  readonly headers: MessageHeaders
}

/**
 * What our own signer covers, and the least that a verifier wants (or `@path` and `@query` for
 * `@target-uri`).
 */
export const ownComponents = ['@method', '@target-uri', 'content-digest'] as const

const derivedComponents: ReadonlySet<string> = new Set([
  '@method',
  '@target-uri',
  '@authority',
  '@scheme',
  '@request-target',
  '@path',
  '@query',
])

// RFC 9421 section 2.5: a value with a line break, or outside ASCII, cannot stand in a signature
// base.
const unfitForBase = /[^\t\x20-\x7e]/
const urlShape = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^?#]*)(\?[^#]*)?$/i
const defaultPorts: ReadonlyMap<string, string> = new Map([
  ['http', ':80'],
  ['https', ':443'],
])

/**
 * Whether a component can be covered: a lower-case field name, or a derived component of a request
 * (section 2.2).
 */
export function isSupportedComponent(name: string): boolean {
  return derivedComponents.has(name) || /^[a-z0-9!#$%&'*+\-.^_`|~]+$/.test(name)
}

/**
 * The text that is signed (RFC 9421 section 2.5). `parameters` is the serialized inner list with
 * its parameters. Undefined when a component is not in the message, or its value cannot stand in a
 * signature base.
 */
export function buildSignatureBase(
  parts: MessageParts,
  components: readonly string[],
  parameters: string,
): string | undefined {
  let base = ''
  for (const component of components) {
    const value = readComponent(parts, component)
    if (value === undefined || unfitForBase.test(value)) return undefined
    base += `"${component}": ${value}\n`
  }
  return `${base}"@signature-params": ${parameters}`
}

/**
 * A header field's value as RFC 9421 section 2.1 combines it: each value without its outer white
 * space, folded lines joined by one space, values joined by a comma and a space. Undefined when
 * absent, or broken by a bare line break.
 */
export function readField(headers: MessageHeaders, name: string): string | undefined {
  // Names come from the message: `constructor` must not find what every object inherits.
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined
  if (value === undefined) return undefined
  const combined = typeof value === 'string' ? trimBlanks(value) : value.map(trimBlanks).join(', ')
  return combined.includes('\n') ? unfold(combined) : combined
}

function readComponent(parts: MessageParts, component: string): string | undefined {
  if (component === '@method') return parts.method
  if (component === '@target-uri') return parts.url
  if (component.startsWith('@')) return deriveFromUrl(parts.url, component)
  return readField(parts.headers, component)
}

/**
 * Undefined for a url with a fragment: no client sends one, and no component but `@target-uri`
 * would cover it.
 */
function deriveFromUrl(url: string, component: string): string | undefined {
  const shape = urlShape.exec(url)
  if (shape === null) return undefined
  const [, scheme = '', authority = '', path = '', query] = shape
  if (component === '@scheme') return scheme.toLowerCase()
  if (component === '@authority') return normalizeAuthority(scheme, authority)
  if (component === '@path') return path || '/'
  if (component === '@query') return query ?? '?'
  return (path || '/') + (query ?? '')
}

function normalizeAuthority(scheme: string, authority: string): string {
  const lower = authority.toLowerCase()
  const defaultPort = defaultPorts.get(scheme.toLowerCase())
  return defaultPort !== undefined && lower.endsWith(defaultPort)
    ? lower.slice(0, -defaultPort.length)
    : lower
}

function unfold(value: string): string | undefined {
  if (/\n(?![ \t])/.test(value)) return undefined
  return value.split(/\r?\n/).map(trimBlanks).join(' ')
}

/**
 * By hand: `trim` also takes white space that HTTP does not know, and `/[ \t]+$/` is quadratic on
 * long runs.
 */
function trimBlanks(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text, start)) start += 1
  while (end > start && isBlank(text, end - 1)) end -= 1
  return text.slice(start, end)
}

function isBlank(text: string, index: number): boolean {
  const code = text.charCodeAt(index)
  return code === 0x20 || code === 0x09
}
