import { join } from 'node:path'
import {
  type ConversionFill,
  type ConversionId,
  type ConversionTicket,
  conversionReference,
} from '@tolem/domain/conversion'
import { type ExchangeId, uuidOf } from '@tolem/domain/ids'
import type { CryptoAsset } from '@tolem/money/asset'
import type { Postgres } from '@tolem/postgres/pool'
import { loadStatements } from '@tolem/postgres/statements'
import { feesToJson } from './fees-to-json.ts'
import type {
  ClaimedConversion,
  ConversionDeferral,
  ConversionIntent,
  ConversionPosting,
  ConversionResults,
  Holding,
  OpenPosition,
  ResultAccounts,
  UnfinishedConversion,
} from './order.ts'
import { type OrderRow, rowToConversion } from './order-row.ts'
import { type PositionRow, rowToPosition } from './position-row.ts'

/** Nothing was written: the lease had ended and another instance claimed the order. */
export type ConversionClaimLost = { readonly kind: 'claim_lost' }
/** What became of a write. */
export type ConversionRecorded = { readonly kind: 'recorded' } | ConversionClaimLost

/**
 * The durable record of conversion orders, and of what there is to convert. Each write is one statement, conditional on
 * the claim's epoch, so of several writers exactly one wins and the others learn that they lost.
 *
 * @throws {PostgresFault} from every method. After a fault that may have been committed, let the lease end: whoever
 * claims next starts by looking.
 */
export type Conversions = {
  /**
   * Keeps reading positions cheap; to be called now and then, by any instance. Says whether a part was left for the
   * next call. What was posted meanwhile is no such part: under load there is always some.
   */
  fold(): Promise<{ readonly isMore: boolean }>
  /** All of one instant. */
  positions(holdings: readonly Holding[]): Promise<readonly OpenPosition[]>
  /** Lent to the caller; nothing when somebody else intended an order since the position was seen. */
  intend(
    position: OpenPosition,
    intent: ConversionIntent & { readonly id: ConversionId; readonly leaseMs: number },
  ): Promise<ClaimedConversion | undefined>
  /** Due orders of these exchanges, lent for `leaseMs`. */
  claim(exchanges: readonly ExchangeId[], leaseMs: number): Promise<readonly ClaimedConversion[]>
  /** To be called before each execution, which must not be asked for unless this recorded it. */
  send(
    conversion: ClaimedConversion,
    sending: {
      readonly ticket: ConversionTicket
      readonly validMs: number
      readonly leaseMs: number
    },
  ): Promise<ConversionRecorded>
  /** What the order did, and its journals. */
  fill(
    conversion: ClaimedConversion,
    fill: ConversionFill,
    postings: readonly ConversionPosting[],
  ): Promise<ConversionRecorded>
  /** It was certainly not executed and never will be. `refusals`: in a row, this one included. */
  refuse(
    conversion: ClaimedConversion,
    refusal: string,
    detail: string,
  ): Promise<{ readonly kind: 'recorded'; readonly refusals: number } | ConversionClaimLost>
  /** It may have been executed; to be looked up again. */
  defer(
    conversion: ClaimedConversion,
    deferral: ConversionDeferral,
  ): Promise<{ readonly kind: 'deferred'; readonly newlyEscalated: boolean } | ConversionClaimLost>
  summarize(): Promise<readonly UnfinishedConversion[]>
  results(accounts: readonly ResultAccounts[]): Promise<readonly ConversionResults[]>
}

const STATEMENTS = [
  'conversion-fold',
  'conversion-positions',
  'conversion-intend',
  'conversion-claim',
  'conversion-send',
  'conversion-fill',
  'conversion-refuse',
  'conversion-defer',
  'conversion-summarize',
  'conversion-results',
] as const

/** What one call folds: a fold that was missed for long must not run into the statement timeout. */
const MOST_FOLDED = 20_000

type Ask = <Row>(
  name: (typeof STATEMENTS)[number],
  values: readonly unknown[],
) => Promise<readonly Row[]>

/** Conversion orders on one database. */
export function createConversions(postgres: Pick<Postgres, 'run'>): Conversions {
  const statements = loadStatements(join(import.meta.dirname, 'orders'), STATEMENTS)
  const ask: Ask = (name, values) => postgres.run(statements[name], values)
  return { ...createReadings(ask), ...createOrders(ask) }
}

type Reading = 'fold' | 'positions' | 'summarize' | 'results'

function createReadings(ask: Ask): Pick<Conversions, Reading> {
  return {
    async fold() {
      const [row] = await ask<{ readonly folded: string }>('conversion-fold', [MOST_FOLDED])
      return { isMore: Number(row?.folded ?? 0) >= MOST_FOLDED }
    },

    async positions(holdings) {
      const rows = await ask<PositionRow>('conversion-positions', [
        holdings.map(({ exchange }) => exchange),
        holdings.map(({ asset }) => asset),
        holdings.map(({ cryptoAccount }) => cryptoAccount),
        holdings.map(({ worthAccount }) => worthAccount),
      ])
      return rows.map(rowToPosition)
    },

    async summarize() {
      const rows = await ask<SummaryRow>('conversion-summarize', [])
      return rows.map((row) => ({
        exchange: row.exchange_id,
        asset: row.asset,
        state: row.state,
        ageSeconds: row.age_seconds,
        isEscalated: row.is_escalated,
      }))
    },

    async results(accounts) {
      const rows = await ask<ResultRow>('conversion-results', [
        accounts.map(({ exchange }) => exchange),
        accounts.map(({ resultAccount }) => resultAccount),
        accounts.map(({ feeAccount }) => feeAccount),
      ])
      return rows.map((row) => ({
        exchange: row.exchange_id,
        result: BigInt(row.result),
        fees: BigInt(row.fees),
      }))
    },
  }
}

function createOrders(ask: Ask): Omit<Conversions, Reading> {
  async function write<Row>(
    name: (typeof STATEMENTS)[number],
    { id, epoch }: ClaimedConversion,
    values: readonly unknown[],
  ): Promise<Row | undefined> {
    const [row] = await ask<Row>(name, [uuidOf(id), epoch, ...values])
    return row
  }

  return {
    async intend({ exchange, asset, ordinal, refusals }, { id, leaseMs, ...intent }) {
      const [row] = await ask<OrderRow>('conversion-intend', [
        uuidOf(id),
        exchange,
        asset,
        ordinal + 1n,
        intent.side,
        intent.money,
        intent.amount,
        intent.book,
        conversionReference(id),
        leaseMs,
        refusals,
      ])
      return row && rowToConversion(row)
    },

    async claim(exchanges, leaseMs) {
      const rows = await ask<OrderRow>('conversion-claim', [exchanges, leaseMs])
      return rows.map(rowToConversion)
    },

    async send(conversion, { ticket: { text, expiresAt }, validMs, leaseMs }) {
      const end = expiresAt === undefined ? null : new Date(expiresAt)
      return recorded(await write('conversion-send', conversion, [text, end, validMs, leaseMs]))
    },

    async fill(conversion, { amount, worth, exchangeReference, fees }, postings) {
      const values = [amount, worth, exchangeReference, feesToJson(fees), ...toColumns(postings)]
      return recorded(await write('conversion-fill', conversion, values))
    },

    async refuse(conversion, refusal, detail) {
      const values = [refusal, detail]
      const row = await write<{ readonly refusals: number }>(
        'conversion-refuse',
        conversion,
        values,
      )
      return row ? { kind: 'recorded', refusals: row.refusals } : CLAIM_LOST
    },

    async defer(conversion, { state, delayMs, detail, escalate, longestAgeMs }) {
      const values = [state, delayMs, detail, escalate, longestAgeMs]
      const row = await write<DeferredRow>('conversion-defer', conversion, values)
      return row ? { kind: 'deferred', newlyEscalated: row.newly_escalated } : CLAIM_LOST
    },
  }
}

const CLAIM_LOST: ConversionClaimLost = { kind: 'claim_lost' }

function recorded(row: unknown): ConversionRecorded {
  return row === undefined ? CLAIM_LOST : { kind: 'recorded' }
}

function toColumns(postings: readonly ConversionPosting[]): readonly (readonly unknown[])[] {
  return [
    postings.map(({ journalId }) => journalId),
    postings.map(({ line }) => line),
    postings.map(({ asset }) => asset),
    postings.map(({ amount }) => amount),
    postings.map(({ debitAccount }) => debitAccount),
    postings.map(({ creditAccount }) => creditAccount),
  ]
}

type DeferredRow = { readonly newly_escalated: boolean }
type SummaryRow = {
  readonly exchange_id: ExchangeId
  readonly asset: CryptoAsset
  readonly state: ClaimedConversion['state']
  readonly age_seconds: number
  readonly is_escalated: boolean
}
type ResultRow = {
  readonly exchange_id: ExchangeId
  readonly result: string
  readonly fees: string
}
