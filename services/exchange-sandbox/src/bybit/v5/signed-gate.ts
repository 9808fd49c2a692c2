import type { Answer, ExchangeRequest, Failures } from '../../call.ts'
import type { SandboxConfig } from '../../config.ts'
import type { Credentials, KnownKey } from '../../credentials.ts'
import { createRateWindow } from '../../rate-windows.ts'
import { v5Refusal } from '../answers.ts'
import { type Fields, findSigner, readBody, spendOne } from '../gate.ts'
import { describeKey } from './key.ts'

/** What the signed V5 endpoints share. */
export type SignedDeps = {
  readonly config: SandboxConfig
  readonly credentials: Credentials
  readonly now: () => number
}

/** A caller that passed the gate: its UID, whether it is the master, its request's fields. */
export type Admitted = {
  readonly key: KnownKey
  readonly uid: string
  readonly isMaster: boolean
  readonly fields: Fields
  readonly headers: Readonly<Record<string, string>>
  readonly failures: Pick<Failures, 'serverError' | 'tooManyRequests'>
}

/** What a key must be allowed, as one of the words that GET /v5/user/query-api lists. */
export type Permission = { readonly group: string; readonly anyOf: readonly string[] }

/**
 * Lets a signed V5 request through, at most so many a second for each UID. A key that is read-only, where the endpoint
 * changes something, or that lacks the permission is refused with 10005.
 */
export function createSignedGate(
  deps: SignedDeps,
  terms: {
    readonly perSecond: number
    readonly permission?: Permission
    readonly writes?: boolean
  },
): (request: ExchangeRequest) => Admitted | Answer {
  const { config, now } = deps
  const window = createRateWindow({ limit: terms.perSecond, windowMs: 1_000, now })
  const failures = v5Failures(now)
  return (request) => {
    const key = findSigner(request, deps)
    if (typeof key === 'string') return refuseSigner(key, now())
    const { userID, isMaster, readOnly, permissions } = describeKey(key, config)
    const uid = String(userID)
    const { refusal, headers } = spendOne(window, uid, () => failures.tooManyRequests('debit', 0))
    if (refusal !== undefined) return refusal
    const isAllowed = terms.permission?.anyOf.some((word) =>
      permissions[terms.permission?.group ?? '']?.includes(word),
    )
    if (isAllowed === false || (terms.writes === true && readOnly === 1)) {
      return v5Refusal(10005, 'Permission denied, please check your API key permissions.', now())
    }
    const fields = request.body === '' ? readQuery(request.query) : readBody(request.body)
    if (fields === undefined) return v5Refusal(10001, 'Request parameter error.', now())
    return { key, uid, isMaster, fields, headers, failures }
  }
}

/** Failures in V5's own words. A 5xx comes from before the exchange's engine, so it may have executed. */
export function v5Failures(now: () => number): Pick<Failures, 'serverError' | 'tooManyRequests'> {
  return {
    serverError: () => ({ ...v5Refusal(10016, 'Server error.', now()), status: 503 }),
    tooManyRequests: () => v5Refusal(10006, 'Too many visits. Exceeded the API Rate Limit.', now()),
  }
}

function refuseSigner(reason: 'key' | 'timestamp' | 'signature', time: number): Answer {
  if (reason === 'key') return v5Refusal(10003, 'API key is invalid.', time)
  if (reason === 'signature') {
    return v5Refusal(10004, 'error sign! please check your signature generation algorithm.', time)
  }
  const told = `invalid request, please check your server timestamp or recv_window param. server_timestamp[${time}]`
  return v5Refusal(10002, told, time)
}

function readQuery(query: string): Fields {
  return Object.fromEntries(new URLSearchParams(query))
}
