import { join } from 'node:path'
import type { AuthorizationId, BankId } from '@tolem/domain/ids'
import type { Postgres } from '@tolem/postgres/pool'
import { loadStatements } from '@tolem/postgres/statements'
import { toAuthorizationId } from './records/ids.ts'

/** A hold whose time is over. */
export type DueHold = { readonly id: AuthorizationId; readonly bank: BankId }

/** Where a list of due holds was left off. */
export type ExpiryCursor = { readonly holdUntil: string; readonly uuid: string }

/** A part of the list; `next` is absent at its end. */
export type DueHolds = {
  readonly holds: readonly DueHold[]
  readonly next: ExpiryCursor | undefined
}

/** Which holds have come to their end. Ending one is the record of holds' work. */
export type Expiries = {
  /**
   * No more than `most`, in the order of their ends, behind `after`. By the database's clock.
   *
   * @throws {PostgresFault}
   */
  listDue(after: ExpiryCursor | undefined, most: number): Promise<DueHolds>
}

const FROM_THE_BEGINNING: ExpiryCursor = {
  holdUntil: '-infinity',
  uuid: '00000000-0000-0000-0000-000000000000',
}

/** Expiries on one database. */
export function createExpiries(postgres: Pick<Postgres, 'run'>): Expiries {
  const statements = loadStatements(join(import.meta.dirname, 'expiries'), ['hold-due'])
  return {
    async listDue(after = FROM_THE_BEGINNING, most) {
      const values = [after.holdUntil, after.uuid, most]
      const rows = await postgres.run<DueRow>(statements['hold-due'], values)
      const last = rows.length < most ? undefined : rows.at(-1)
      return {
        holds: rows.map(({ id, bank_id: bank }) => ({ id: toAuthorizationId(id), bank })),
        next: last && { holdUntil: last.hold_until, uuid: last.id },
      }
    },
  }
}

type DueRow = { readonly id: string; readonly bank_id: BankId; readonly hold_until: string }
