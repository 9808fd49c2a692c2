import type { Answer, ExchangeRequest } from '../call.ts'
import { type Credentials, isSignedBy, type KnownKey } from '../credentials.ts'
import { partnerRefusal } from './answers.ts'
import { describeKey, type Permission } from './key-terms.ts'

/** A request that may go on. */
export type Admitted = {
  readonly key: KnownKey
  /** The time rule again, as the protocol asks for right before execution. */
  recheck(): Answer | undefined
}

/** Checks key, time, signature and permission, in this order. Without a permission any key will do. */
export type Gate = (request: ExchangeRequest, permission?: Permission) => Answer | Admitted

/** A request may have been signed by a clock that is so far ahead of ours. */
const AHEAD_MAX_MS = 1_000

/** The longest time from the moment it was signed to its end. */
const VALID_MAX_MS = 60_000

/** Milliseconds since 1970, as the headers carry them. */
const MILLISECONDS = /^\d{1,15}$/

/** Lower-case hex of HMAC-SHA-256. */
const SIGNATURE = /^[\da-f]{64}$/

export function createGate(deps: {
  readonly credentials: Credentials
  readonly now: () => number
}): Gate {
  return (request, permission) => {
    const key = deps.credentials.find('partner', request.header('partner-key'))
    if (key === undefined) return partnerRefusal('key_unknown')
    const timestamp = request.header('partner-timestamp')
    const expires = request.header('partner-expires')
    const recheck = () => checkTime({ timestamp, expires, now: deps.now() })
    const late = recheck()
    if (late !== undefined) return late
    if (!isSigned(request, key)) return partnerRefusal('signature_invalid')
    if (permission === undefined || describeKey(key).permissions.includes(permission)) {
      return { key, recheck }
    }
    return partnerRefusal('permission_missing', permission)
  }
}

function checkTime(given: {
  readonly timestamp: string
  readonly expires: string
  readonly now: number
}): Answer | undefined {
  if (!MILLISECONDS.test(given.timestamp)) return partnerRefusal('timestamp_invalid', 'no time')
  if (!MILLISECONDS.test(given.expires)) return partnerRefusal('timestamp_invalid', 'no expiry')
  const [timestamp, expires] = [Number(given.timestamp), Number(given.expires)]
  if (timestamp > given.now + AHEAD_MAX_MS) {
    return partnerRefusal('timestamp_invalid', `it is ${given.now} here`)
  }
  if (expires - timestamp > VALID_MAX_MS) return partnerRefusal('timestamp_invalid', 'too long')
  return given.now > expires ? partnerRefusal('expired', `it is ${given.now} here`) : undefined
}

/** The five lines, joined by a line feed. */
function isSigned(request: ExchangeRequest, { hmacKey }: KnownKey): boolean {
  const signature = request.header('partner-signature')
  const lines = [
    request.method,
    request.target,
    request.header('partner-timestamp'),
    request.header('partner-expires'),
    request.body,
  ]
  return SIGNATURE.test(signature) && isSignedBy(hmacKey, lines.join('\n'), signature)
}
