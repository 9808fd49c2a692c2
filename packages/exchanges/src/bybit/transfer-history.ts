import type { ExchangeId } from '@tolem/domain/ids'
import { z } from 'zod'
import {
  type HistoryEntry,
  type HistoryPage,
  type HistoryPort,
  readMoment,
  readMoney,
  readRows,
} from '../history-port.ts'
import { LONGEST_SPAN_MS } from '../history-span.ts'
import { LOOK_UP_LIMIT } from '../look-up-limit.ts'
import type { BybitSubaccountSettings } from '../settings.ts'
import { toUnknown } from '../verdict.ts'
import { type BybitAccess, bybitGet } from './calls.ts'
import { readEnvelope } from './envelope.ts'
import { transferIdOf } from './transfer-id.ts'

type Deps = BybitAccess & {
  readonly exchange: ExchangeId
  readonly settings: Pick<BybitSubaccountSettings, 'masterMemberId' | 'accountType'>
}

const HISTORY = '/v5/asset/transfer/query-universal-transfer-list'

/** The most rows that a page may have. */
const PAGE_SIZE = '50'

const page = z.object({
  list: z.array(z.unknown()),
  nextPageCursor: z.string().max(1_000).nullish(),
})
const named = z.object({ transferId: z.string() })
const row = z.object({
  coin: z.string(),
  amount: z.string(),
  timestamp: z.string(),
  status: z.string(),
  fromMemberId: z.string(),
  toMemberId: z.string(),
})

/** A UUID of version 8 in the id that the history shows: see {@link transferIdOf}. Nobody else's is of that version. */
const OUR_ID = /[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/

/**
 * The transfers between the master account and its sub-accounts (Bybit V5, Get Universal Transfer Records: seven days
 * at once, in whole seconds, pages by a cursor). How far back it reaches is not published. A transfer's id tells
 * that it is ours, not which reference it is of.
 */
export function createBybitHistory(deps: Deps): HistoryPort {
  return {
    exchange: deps.exchange,
    rail: 'bybit-subaccount',
    longestSpanMs: LONGEST_SPAN_MS,
    nameOf: transferIdOf,
    async read({ from, to }, cursor) {
      const query = {
        startTime: String(Math.floor(from / 1_000) * 1_000),
        endTime: String(Math.floor(to / 1_000) * 1_000),
        limit: PAGE_SIZE,
        ...(cursor !== undefined && { cursor: encodeURIComponent(cursor) }),
      }
      const answer = await bybitGet(deps, { path: HISTORY, query, limit: LOOK_UP_LIMIT })
      const read = readEnvelope(answer)
      if (read.kind === 'code') return { kind: 'unknown', detail: `code ${read.code}` }
      if (read.kind !== 'result') return unread(toUnknown(read))
      const said = page.safeParse(read.result)
      if (!said.success) return { kind: 'unknown', detail: 'success without a history' }
      const { list, nextPageCursor: next } = said.data
      const rows = readRows(list, (told) => readTransfer(told, deps.settings))
      // A cursor may be told without anything behind it.
      return { kind: 'page', ...rows, ...(next && list.length > 0 && { next }) }
    },
  }
}

function unread(told: object): HistoryPage {
  return { kind: 'unknown', detail: 'detail' in told ? String(told.detail) : 'no answer' }
}

function readTransfer(
  told: unknown,
  { masterMemberId }: Deps['settings'],
): HistoryEntry | 'foreign' | undefined {
  const id = named.safeParse(told)
  if (!id.success) return undefined
  const name = OUR_ID.exec(id.data.transferId.toLowerCase())?.[0]
  if (name === undefined) return 'foreign'
  const read = row.safeParse(told)
  if (!read.success) return undefined
  const { coin, amount, timestamp, status, fromMemberId, toMemberId } = read.data
  const money = readMoney(coin, amount)
  const executedAt = readMoment(timestamp)
  const isDebit = toMemberId === masterMemberId
  const isBetweenUs = isDebit !== (fromMemberId === masterMemberId)
  if (!money || executedAt === undefined || !isBetweenUs) return undefined
  const walletId = isDebit ? fromMemberId : toMemberId
  const kind = isDebit ? 'debit' : 'credit'
  const state = STATES[status] ?? 'pending'
  return { name, exchangeReference: name, kind, walletId, ...money, executedAt, state }
}

/** What else is told is not the end of it. */
const STATES: Readonly<Record<string, HistoryEntry['state']>> = {
  SUCCESS: 'executed',
  FAILED: 'refused',
}
