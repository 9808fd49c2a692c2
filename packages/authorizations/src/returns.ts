import { join } from 'node:path'
import type { Rail, WalletLink } from '@tolem/domain/card'
import type { ExchangeId, MovementReference } from '@tolem/domain/ids'
import type { CreditOrder } from '@tolem/domain/movement'
import { amountOf } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import type { Postgres } from '@tolem/postgres/pool'
import { loadStatements } from '@tolem/postgres/statements'
import { toLaneColumns } from './movements/lane-columns.ts'
import { CLAIM_LOST, recorded } from './movements/lost.ts'
import type { Deferral, Deferred, Lane, Recorded } from './movements.ts'

/** The open credit of a finding, lent to one instance until its lease ends: see `ClaimedMovement`. */
export type ClaimedReturn = {
  readonly exchange: ExchangeId
  readonly rail: Rail
  readonly order: CreditOrder
  /** When the exchange executed what it gives back, by the exchange's clock. */
  readonly debitedAt: number
  readonly state: 'intended' | 'in_doubt'
  readonly createdAt: number
  readonly validUntil: number
  readonly claimedAt: number
  readonly attempts: number
  readonly epoch: number
}

/**
 * Credits of findings that are not executed yet, as `Movements` are: each write is conditional on the claim's epoch.
 *
 * @throws {PostgresFault} from every method.
 */
export type Returns = {
  claim(lanes: readonly Lane[], leaseMs: number): Promise<readonly ClaimedReturn[]>
  /** To be called before each sending, which must not be sent unless this recorded it. */
  send(credit: ClaimedReturn, validMs: number, leaseMs: number): Promise<Recorded>
  /** It happened: posts it and closes its finding. */
  execute(credit: ClaimedReturn, exchangeReference: string): Promise<Recorded>
  defer(credit: ClaimedReturn, deferral: Deferral): Promise<Deferred>
}

const STATEMENTS = ['return-claim', 'return-send', 'return-execute', 'return-defer'] as const

/** Credits of findings on one database. */
export function createReturns(postgres: Pick<Postgres, 'run'>): Returns {
  const statements = loadStatements(join(import.meta.dirname, 'returns'), STATEMENTS)

  async function write<Row>(
    name: (typeof STATEMENTS)[number],
    { order: { reference }, epoch }: ClaimedReturn,
    values: readonly unknown[],
  ): Promise<Row | undefined> {
    const rows = await postgres.run<Row>(statements[name], [reference, epoch, ...values])
    return rows[0]
  }

  return {
    async claim(lanes, leaseMs) {
      const rows = await postgres.run<ReturnRow>(
        statements['return-claim'],
        toLaneColumns(lanes, leaseMs),
      )
      return rows.map(rowToReturn)
    },
    send: async (credit, validMs, leaseMs) =>
      recorded(await write('return-send', credit, [validMs, leaseMs])),
    execute: async (credit, exchangeReference) =>
      recorded(await write('return-execute', credit, [exchangeReference])),
    async defer(credit, { state, delayMs, detail, escalate, limits }) {
      const values = [state, delayMs, detail, escalate, limits.ageMs, limits.attempts]
      const row = await write<{ newly_escalated: boolean }>('return-defer', credit, values)
      return row ? { kind: 'deferred', newlyEscalated: row.newly_escalated } : CLAIM_LOST
    },
  }
}

type ReturnRow = {
  readonly reference: MovementReference
  readonly debit_reference: MovementReference
  readonly debit_exchange_reference: string
  readonly exchange_id: ExchangeId
  readonly rail: Rail
  readonly wallet: WalletLink
  readonly asset: CryptoAsset
  readonly amount: string
  readonly state: 'intended' | 'in_doubt'
  readonly debited_at: Date
  readonly created_at: Date
  readonly valid_until: Date
  readonly attempts: number
  readonly claim_epoch: number
  readonly claimed_at: Date
}

function rowToReturn(row: ReturnRow): ClaimedReturn {
  return {
    exchange: row.exchange_id,
    rail: row.rail,
    order: {
      reference: row.reference,
      wallet: row.wallet,
      asset: row.asset,
      amount: amountOf(row.asset, BigInt(row.amount)),
      debitReference: row.debit_reference,
      debitExchangeReference: row.debit_exchange_reference,
    },
    debitedAt: row.debited_at.getTime(),
    state: row.state,
    createdAt: row.created_at.getTime(),
    validUntil: row.valid_until.getTime(),
    claimedAt: row.claimed_at.getTime(),
    attempts: row.attempts,
    epoch: row.claim_epoch,
  }
}
