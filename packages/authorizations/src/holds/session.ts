import type { Run } from '@tolem/postgres/pool'
import type { Statement } from '@tolem/postgres/statements'
import type { HoldsOptions } from '../holds.ts'

/** Every statement of the record of holds. */
export const HOLD_STATEMENTS = [
  'approval-number',
  'authorization-insert',
  'clearing-insert',
  'hold-change',
  'hold-debits',
  'hold-end',
  'hold-exposures',
  'hold-increments',
  'hold-keep',
  'hold-lock',
  'message-claim',
  'message-entomb',
  'message-original',
  'message-repeat',
  'refund-debits',
  'refund-insert',
  'reversal-insert',
  'usage-count',
] as const

/** One open database transaction, and what is needed to work in it. */
export type Session = Pick<HoldsOptions, 'stepOf' | 'journalsOf' | 'approvalCodeOf'> & {
  readonly run: Run
  readonly statements: Readonly<Record<(typeof HOLD_STATEMENTS)[number], Statement>>
}

/**
 * What was looked for arrived while the transaction was under way: roll back and begin again. Thrown, because only so
 * the transaction is rolled back.
 */
export class ArrivedMeanwhile extends Error {
  constructor() {
    super('an original arrived meanwhile')
    this.name = 'ArrivedMeanwhile'
  }
}
