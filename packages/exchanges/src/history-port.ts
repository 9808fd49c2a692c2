import type { Rail } from '@tolem/domain/card'
import type { ExchangeId, MovementReference } from '@tolem/domain/ids'
import type { Amount } from '@tolem/money/amount'
import { CRYPTO_ASSETS, type CryptoAsset } from '@tolem/money/asset'
import { readCoins } from './coins.ts'

/** A span of time, milliseconds since the epoch, both ends included. */
export type HistorySpan = { readonly from: number; readonly to: number }

/** One movement in an exchange's own list that bears a name of our making. */
export type HistoryEntry = {
  /** What the exchange calls it by: {@link HistoryPort.nameOf} our reference. */
  readonly name: string
  /** The reference itself, where the name tells it. */
  readonly reference?: MovementReference
  readonly exchangeReference: string
  readonly kind: 'debit' | 'credit'
  readonly walletId: string
  readonly asset: CryptoAsset
  readonly amount: Amount<CryptoAsset>
  /** By the exchange's clock. */
  readonly executedAt: number
  readonly state: 'executed' | 'refused' | 'pending'
}

/** One page, or why there is none. What cannot be read stands in `unreadable`, shortened. */
export type HistoryPage =
  | {
      readonly kind: 'page'
      readonly entries: readonly HistoryEntry[]
      readonly unreadable: readonly string[]
      /** Where the next page begins; absent: this was the last. */
      readonly next?: string
    }
  | { readonly kind: 'unknown'; readonly detail: string }

/**
 * An exchange's own list of what moved over one rail, where its documents have one. It never throws for anything that
 * an exchange or a network can do. Movements under names that are not of our making are left out.
 */
export type HistoryPort = {
  readonly exchange: ExchangeId
  readonly rail: Rail
  /** How far back the list is promised to reach; absent: nothing is said about it. */
  readonly reachesBackMs?: number
  /** The longest span that may be asked for at once. */
  readonly longestSpanMs: number
  /** What the exchange calls the movement with this reference. */
  nameOf(reference: MovementReference): string
  /** One page of what happened in a span, in any order; every page must be read to have all of it. */
  read(span: HistorySpan, cursor?: string): Promise<HistoryPage>
}

/** Our references: see `movementReference` of the domain; the third letter says what kind of movement. */
const OURS = /^tm[a-z][0-9a-z]{27}$/

/** The reference in a name that is one, or nothing when it is not of our making. */
export function asReference(name: string): MovementReference | undefined {
  return OURS.test(name) ? (name as MovementReference) : undefined
}

/** Reads the rows of a page: nothing for one that is not ours, a text for one that cannot be read. */
export function readRows(
  rows: readonly unknown[],
  read: (row: unknown) => HistoryEntry | 'foreign' | undefined,
): Pick<Extract<HistoryPage, { kind: 'page' }>, 'entries' | 'unreadable'> {
  const entries: HistoryEntry[] = []
  const unreadable: string[] = []
  for (const row of rows) {
    const entry = read(row)
    if (entry === undefined) unreadable.push(JSON.stringify(row).slice(0, LONGEST_TEXT))
    else if (entry !== 'foreign') entries.push(entry)
  }
  return { entries, unreadable }
}

const LONGEST_TEXT = 500

/** So much of an asset that we know, or nothing. */
export function readMoney(
  asset: string,
  text: string,
): Pick<HistoryEntry, 'asset' | 'amount'> | undefined {
  const known = CRYPTO_ASSETS.find((one) => one === asset)
  const amount = known && readCoins(known, text)
  return known && amount !== undefined && amount > 0n ? { asset: known, amount } : undefined
}

/** A moment in milliseconds, or nothing. */
export function readMoment(text: string): number | undefined {
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined
}
