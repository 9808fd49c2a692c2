import { networkKeyText } from '@tolem/domain/authorization'
import { type AuthorizationId, type ReversalId, uuidOf } from '@tolem/domain/ids'
import type { ReversalOutcome, ReversalRequest } from '@tolem/domain/reversal'
import type { Run } from '@tolem/postgres/pool'
import type { Statement } from '@tolem/postgres/statements'
import { toAuthorizationId } from './ids.ts'

/** A reversal to make durable. `render` gives the exact bytes of its answer, once it is known what it found. */
export type NewReversal = {
  readonly id: ReversalId
  readonly request: ReversalRequest
  readonly receivedAt: number
  readonly requestBody: string
  readonly render: (
    outcome: ReversalOutcome,
    authorizationId: AuthorizationId | undefined,
  ) => string
}

/** What became of it. */
export type Reversed =
  | { readonly kind: 'recorded'; readonly body: string }
  | { readonly kind: 'replay'; readonly body: string }
  | { readonly kind: 'mismatch' }

/** The statements that a reversal needs. */
export type ReversalStatements = Readonly<
  Record<
    | 'reversal-claim'
    | 'reversal-repeat'
    | 'reversal-entomb'
    | 'reversal-insert'
    | 'reversal-original'
    | 'authorization-lock'
    | 'authorization-reverse',
    Statement
  >
>

/** Reversals that share one of these would wait for each other's row locks. */
export function reversalConflictKeys({ request }: NewReversal): readonly string[] {
  const { bank, networkKey, original } = request
  const named =
    original.kind === 'by_id' ? original.authorizationId : networkKeyText(original.networkKey)
  return [`message/${bank}/${networkKeyText(networkKey)}`, `original/${bank}/${named}`]
}

/**
 * Records a reversal inside one transaction: claims its key, finds or entombs its original, undoes what there is to
 * undo, and keeps the bytes of the answer. Locks its own message row, then a new tombstone or the authorization row and
 * the card's usage row, in this order; never the message row of an original that is there.
 */
export async function recordReversal(
  run: Run,
  statements: ReversalStatements,
  reversal: NewReversal,
): Promise<Reversed> {
  const { bank, networkKey, fingerprint } = reversal.request
  const key = [networkKey.localDateTime.slice(0, 10), bank, networkKeyText(networkKey)]
  const claimed = await run(statements['reversal-claim'], [
    ...key,
    fingerprint,
    uuidOf(reversal.id),
  ])
  if (claimed.length === 0) return repeatOf(run, statements, { key, fingerprint })

  const named = await findOriginal(run, statements, reversal)
  const outcome = named ? await undo(run, statements, { ...reversal, original: named }) : undefined
  const original = outcome && named
  const found =
    outcome ??
    (reversal.request.original.kind === 'by_id' ? 'nothing_to_reverse' : 'recorded_before_original')
  const body = reversal.render(found, original)
  await run(statements['reversal-insert'], [
    uuidOf(reversal.id),
    bank,
    key[0],
    key[2],
    original ? uuidOf(original) : null,
    reversal.request.reason,
    new Date(reversal.receivedAt).toISOString(),
    reversal.requestBody,
    body,
  ])
  return { kind: 'recorded', body }
}

async function repeatOf(
  run: Run,
  statements: ReversalStatements,
  sent: { readonly key: readonly unknown[]; readonly fingerprint: Buffer },
): Promise<Reversed> {
  const [earlier] = await run<{ fingerprint: Buffer; response_body: string }>(
    statements['reversal-repeat'],
    sent.key,
  )
  if (!earlier) throw new Error('a claimed reversal message has its reversal')
  if (!earlier.fingerprint.equals(sent.fingerprint)) return { kind: 'mismatch' }
  return { kind: 'replay', body: earlier.response_body }
}

/** The original's id; nothing when it has not arrived, in which case a tombstone now waits for it. */
async function findOriginal(
  run: Run,
  statements: ReversalStatements,
  { id, request }: NewReversal,
): Promise<AuthorizationId | undefined> {
  const { bank, original } = request
  if (original.kind === 'by_id') return original.authorizationId
  const key = [
    original.networkKey.localDateTime.slice(0, 10),
    bank,
    networkKeyText(original.networkKey),
  ]
  const look = () => run<{ authorization_id: string | null }>(statements['reversal-original'], key)
  let [row] = await look()
  if (!row) {
    const entombed = await run(statements['reversal-entomb'], [...key, uuidOf(id)])
    if (entombed.length > 0) return undefined
    ;[row] = await look()
  }
  return row?.authorization_id ? toAuthorizationId(row.authorization_id) : undefined
}

/** Undoes what there is to undo; nothing when the bank has no such authorization. */
async function undo(
  run: Run,
  statements: ReversalStatements,
  { id, request, original }: NewReversal & { readonly original: AuthorizationId },
): Promise<ReversalOutcome | undefined> {
  const [found] = await run<{ state: string; reversal_id: string | null }>(
    statements['authorization-lock'],
    [uuidOf(original), request.bank],
  )
  if (!found) return undefined
  if (found.reversal_id !== null) return 'already_reversed'
  if (found.state === 'declined') return 'nothing_to_reverse'
  const isApproved = found.state === 'approved'
  await run(statements['authorization-reverse'], [uuidOf(original), uuidOf(id), isApproved])
  return isApproved ? 'reversed' : 'stopped'
}
