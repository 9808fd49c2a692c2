import { join } from 'node:path'
import type { Rail } from '@tolem/domain/card'
import type { ExchangeId } from '@tolem/domain/ids'
import type { Postgres } from '@tolem/postgres/pool'
import { loadStatements } from '@tolem/postgres/statements'
import type { FindingKind } from './reconciliation.ts'

/** Findings of one kind at one exchange that are not closed. */
export type OpenFindings = {
  readonly exchange: ExchangeId
  readonly kind: FindingKind
  readonly count: number
  readonly oldestSeconds: number
}

/** How much stands on accounts that must return to zero, by how long it does. */
export type Standing = {
  readonly account: 'held_for_authorizations' | 'exposure' | 'unmatched'
  /** The shortest time that it is below. */
  readonly age: 'hour' | 'day' | 'week' | 'older'
  readonly count: number
  readonly oldestSeconds: number
}

/** What operators see of the comparison. */
export type ReconciliationSurvey = {
  openFindings(): Promise<readonly OpenFindings[]>
  lags(): Promise<
    readonly { readonly exchange: ExchangeId; readonly rail: Rail; readonly seconds: number }[]
  >
  standings(): Promise<readonly Standing[]>
}

const STATEMENTS = [
  'reconciliation-summarize',
  'reconciliation-watermarks',
  'reconciliation-age',
] as const

/** The survey of one database. @throws {PostgresFault} from every method. */
export function createReconciliationSurvey(postgres: Pick<Postgres, 'run'>): ReconciliationSurvey {
  const statements = loadStatements(join(import.meta.dirname, 'reconciliation-survey'), STATEMENTS)
  return {
    async openFindings() {
      type Row = {
        readonly exchange_id: ExchangeId
        readonly kind: FindingKind
        readonly findings: string
        readonly oldest_seconds: number
      }
      const rows = await postgres.run<Row>(statements['reconciliation-summarize'], [])
      return rows.map(({ exchange_id: exchange, kind, findings, oldest_seconds }) => ({
        exchange,
        kind,
        count: Number(findings),
        oldestSeconds: oldest_seconds,
      }))
    },
    async lags() {
      type Row = {
        readonly exchange_id: ExchangeId
        readonly rail: Rail
        readonly lag_seconds: number
      }
      const rows = await postgres.run<Row>(statements['reconciliation-watermarks'], [])
      return rows.map(({ exchange_id: exchange, rail, lag_seconds: seconds }) => ({
        exchange,
        rail,
        seconds,
      }))
    },
    async standings() {
      type Row = Pick<Standing, 'account' | 'age'> & {
        readonly entries: string
        readonly oldest_seconds: number
      }
      const rows = await postgres.run<Row>(statements['reconciliation-age'], [])
      return rows.map(({ account, age, entries, oldest_seconds: oldestSeconds }) => ({
        account,
        age,
        count: Number(entries),
        oldestSeconds,
      }))
    },
  }
}
