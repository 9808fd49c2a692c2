import type { ExchangeId } from '@tolem/domain/ids'
import type { RailSet } from './compose.ts'
import type { KeyPort } from './key-report.ts'

/** What is wrong with a key, or what could not be learned of it. */
export type KeyFinding = {
  readonly exchange: ExchangeId
  readonly usedFor: KeyPort['usedFor']
  /** `unsafe`: it must not be used in production. `unknown`: the exchange did not tell, or has no call for it. */
  readonly kind: 'unsafe' | 'unknown'
  readonly detail: string
}

/** Longer than any answer that is worth waiting for at a start. */
const LIMIT = { timeoutMs: 3_000 }

/**
 * Asks every exchange about our keys: none may withdraw, each must be bound to our addresses and be able to do what it
 * is for. Gives nothing for a key that is as it should be. Never throws.
 */
export async function findUnsafeKeys(
  rails: Pick<RailSet, 'keysFor'>,
  exchanges: readonly { readonly id: ExchangeId }[],
): Promise<readonly KeyFinding[]> {
  const keys = exchanges.flatMap(({ id }) => rails.keysFor(id))
  return (await Promise.all(keys.map(examine))).flat()
}

async function examine({ exchange, usedFor, readKey }: KeyPort): Promise<readonly KeyFinding[]> {
  const finding = (kind: KeyFinding['kind'], detail: string): KeyFinding => ({
    exchange,
    usedFor,
    kind,
    detail,
  })
  const read = await readKey(LIMIT)
  if (!read.ok) return [finding('unknown', `the exchange does not tell: ${read.reason}`)]
  const { canWithdraw, isIpRestricted, missing } = read.value
  return [
    ...(canWithdraw ? [finding('unsafe', 'it can withdraw: take that permission away')] : []),
    ...(isIpRestricted ? [] : [finding('unsafe', 'it works from any address: restrict it')]),
    ...missing.map((permission) => finding('unsafe', `it lacks the permission ${permission}`)),
  ]
}

/** Under which conditions rails are started. */
export type StartConditions = {
  readonly exchanges: readonly { readonly id: ExchangeId }[]
  /** In production a start waits for the check of the keys, and an unsafe one ends it. */
  readonly isProduction: boolean
  readonly warn: (text: string) => void
}

/**
 * Starts the rails of a service and has their keys checked.
 *
 * @throws {Error} in production, with one line for each unsafe key.
 */
export async function startRails(
  rails: Pick<RailSet, 'start' | 'keysFor'>,
  conditions: StartConditions,
): Promise<void> {
  await rails.start()
  const checked = findUnsafeKeys(rails, conditions.exchanges).then((findings) =>
    assertSafeKeys(findings, conditions),
  )
  if (conditions.isProduction) await checked
}

/**
 * Refuses a start in production with an unsafe key, naming all of them at once; what could not be learned is only
 * told, because an exchange that is away must not keep us from answering banks. Elsewhere everything is only told.
 *
 * @throws {Error} with one line for each unsafe key.
 */
export function assertSafeKeys(
  findings: readonly KeyFinding[],
  { isProduction, warn }: Pick<StartConditions, 'isProduction' | 'warn'>,
): void {
  const textOf = ({ exchange, usedFor, detail }: KeyFinding) =>
    `the key of ${exchange} for ${usedFor}: ${detail}`
  const refused = findings.filter(({ kind }) => isProduction && kind === 'unsafe')
  for (const finding of findings) if (!refused.includes(finding)) warn(textOf(finding))
  if (refused.length > 0)
    throw new Error(
      ['not started in production with unsafe keys:', ...refused.map(textOf)].join('\n'),
    )
}
