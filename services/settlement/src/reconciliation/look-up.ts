import type { Finding, KnownMovement } from '@tolem/authorizations/reconciliation'
import type { LookUpResult } from '@tolem/domain/movement'
import { spanOf } from '../settling.ts'
import { unmatched } from './compare.ts'
import { momentOf, PATIENCE_MS, type PassDeps } from './settings.ts'

/** What a look-up of one of our movements shows: nothing, a finding, or that the exchange does not say for now. */
export type Looked = Finding | 'agrees' | 'untold'

/** Asks the exchange by our own reference about a movement that is over for us. */
export async function lookUp(
  deps: PassDeps,
  known: KnownMovement,
  { name, now }: { readonly name: string; readonly now: number },
): Promise<Looked> {
  const { rail } = deps
  const span = spanOf(known)
  const found =
    known.kind === 'debit'
      ? await rail.lookUpDebit(known.order, span)
      : await rail.lookUpCredit(known.order, span)
  deps.meters.lookUps.inc({ rail: rail.rail, outcome: found.kind })
  if (found.kind === 'unknown') {
    const detail = `not told for an hour: ${found.detail}`
    // What we did not ask says nothing about the movement, however old it is.
    if (found.isUnsent || now - momentOf(known) < PATIENCE_MS) return 'untold'
    return { name, nth: 1, kind: 'unread', detail }
  }
  if (found.kind === 'contradicted') return { name, nth: 1, kind: 'differs', detail: found.detail }
  if (known.state === 'executed') return isThere(name, found)
  // A credit is never refused for good.
  if (found.kind !== 'executed' || known.kind !== 'debit') return 'agrees'
  return afterRefusal(deps, known, { name, exchangeReference: found.exchangeReference })
}

function isThere(name: string, found: LookUpResult): Looked {
  if (found.kind === 'executed') return 'agrees'
  const detail = 'detail' in found ? `refused: ${found.detail}` : 'not found'
  return { name, nth: 1, kind: 'missing', detail }
}

function afterRefusal(
  { rail: { exchange, rail } }: PassDeps,
  { order, createdAt }: KnownMovement,
  names: { readonly name: string; readonly exchangeReference: string },
): Looked {
  const { reference, asset, amount, wallet } = order
  const entry = { ...names, reference, kind: 'debit', walletId: wallet.walletId } as const
  return unmatched(
    { exchange, rail },
    { ...entry, asset, amount, executedAt: createdAt, state: 'executed' },
    ['refused_debit', 1],
  )
}
