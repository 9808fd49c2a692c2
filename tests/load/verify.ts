import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { movementReference, parseAuthorizationId } from '@tolem/domain/ids'
import { request } from 'undici'
import type { Approval } from './generator-protocol.ts'

/** What the exchange's own record says of the approvals that the banks hold. */
export type Verification = {
  readonly approvals: number
  /** Approvals with exactly one debit, of exactly the amount, asset and exchange that the answer named. */
  readonly debitedOnce: number
  /** References that moved money more than once, by the sandbox's own count. */
  readonly executedTwice: number
  /** Debits whose bank has no approval in hand: what settlement, which does not run here, would credit back. */
  readonly withoutApproval: number
  readonly isRight: boolean
}

/** Compares every approval with the sandbox's record. */
export async function verifyApprovals(
  sandboxUrl: string,
  approvals: readonly Approval[],
): Promise<Verification> {
  const debits = await readDebits(sandboxUrl)
  const executedTwice = await countExecutedTwice(sandboxUrl)
  let debitedOnce = 0
  for (const approval of approvals) {
    const reference = referenceOf(approval)
    const found = debits.get(reference) ?? []
    if (found.length === 1 && found[0] === describe(approval)) debitedOnce += 1
    debits.delete(reference)
  }
  const isRight = debitedOnce === approvals.length && executedTwice === 0
  return {
    approvals: approvals.length,
    debitedOnce,
    executedTwice,
    withoutApproval: debits.size,
    isRight,
  }
}

type Movement = Omit<Approval, 'id'> & { readonly kind: string; readonly reference: string }

async function readDebits(sandboxUrl: string): Promise<Map<string, string[]>> {
  const { body } = await request(`${sandboxUrl}/control/movements`, {
    headers: { accept: 'application/x-ndjson' },
  })
  const debits = new Map<string, string[]>()
  for await (const line of createInterface({ input: Readable.from(body) })) {
    const movement: Movement = JSON.parse(line)
    if (movement.kind !== 'debit') continue
    const { reference } = movement
    debits.set(reference, [...(debits.get(reference) ?? []), describe(movement)])
  }
  return debits
}

async function countExecutedTwice(sandboxUrl: string): Promise<number> {
  const { body } = await request(`${sandboxUrl}/control/movements/summary`)
  const { totals } = (await body.json()) as { totals: readonly { executedTwice: number }[] }
  return totals.reduce((sum, total) => sum + total.executedTwice, 0)
}

function referenceOf({ id }: Approval): string {
  const parsed = parseAuthorizationId(id)
  if (!parsed) throw new Error(`an approval has no authorization id: ${id}`)
  return movementReference(parsed, 'debit', 1)
}

/** The exchanges write amounts with their own number of decimals. */
function describe({ exchange, asset, amount }: Omit<Approval, 'id'>): string {
  const plain = amount.includes('.') ? amount.replace(/\.?0+$/, '') : amount
  return `${exchange} ${plain} ${asset}`
}
