import { uuidOf } from '@tolem/domain/ids'
import { type MandateId, mandateReference } from '@tolem/domain/mandate'
import type { Run } from '@tolem/postgres/pool'
import type { Statement } from '@tolem/postgres/statements'
import type { MandateRequest, Opened } from '../mandates.ts'
import { type MandateRow, rowToMandate } from './mandate-row.ts'

/** Makes a bank's request durable, or finds what its request id was first used for. */
export async function openMandate(
  run: Run,
  statements: Readonly<Record<'mandate-open' | 'mandate-repeat', Statement>>,
  asked: { readonly id: MandateId; readonly request: MandateRequest; readonly leaseMs: number },
): Promise<Opened> {
  const { id, request, leaseMs } = asked
  const { bank, cardToken, requestId, fingerprint } = request
  const [made] = await run<MandateRow>(statements['mandate-open'], [
    uuidOf(id),
    mandateReference(id),
    bank,
    cardToken,
    requestId,
    fingerprint,
    [request.exchange, request.rail],
    request.assets,
    request.singleLimit === undefined ? null : String(request.singleLimit),
    leaseMs,
  ])
  if (made) return { kind: 'opened', mandate: rowToMandate(made) }
  const values = [bank, requestId, fingerprint, cardToken]
  const [first] = await run<MandateRow & { readonly is_same: boolean }>(
    statements['mandate-repeat'],
    values,
  )
  if (!first) return { kind: 'no_card' }
  return first.is_same ? { kind: 'known', mandate: rowToMandate(first) } : { kind: 'mismatch' }
}
