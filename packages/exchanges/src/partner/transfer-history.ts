import type { ExchangeId, MovementReference } from '@tolem/domain/ids'
import { z } from 'zod'
import {
  asReference,
  type HistoryEntry,
  type HistoryPage,
  type HistoryPort,
  readMoment,
  readMoney,
  readRows,
} from '../history-port.ts'
import type { Answer } from '../http/send.ts'
import { readBody, toUnknown } from '../verdict.ts'

const DAY_MS = 24 * 60 * 60_000

/** What the protocol lets one call ask for, and how far back it must answer (PARTNER.md, Transfers). */
const LONGEST_SPAN_MS = 7 * DAY_MS
const REACHES_BACK_MS = 90 * DAY_MS
const PAGE_SIZE = 500

const page = z.object({
  transfers: z.array(z.unknown()),
  next: z.string().min(1).max(128).optional(),
  error: z.never().optional(),
})
const named = z.object({ reference: z.string() })
const transfer = z.object({
  id: z.string().min(1).max(64),
  kind: z.enum(['debit', 'credit']),
  account: z.string().min(1),
  asset: z.string(),
  amount: z.string(),
  status: z.string(),
  at: z.string(),
})

/** The list of transfers of the partner protocol, read by `get`, which signs. */
export function createPartnerHistory(
  exchange: ExchangeId,
  get: (path: string) => Promise<Answer>,
): HistoryPort {
  return {
    exchange,
    rail: 'partner-transfer',
    reachesBackMs: REACHES_BACK_MS,
    longestSpanMs: LONGEST_SPAN_MS,
    nameOf: (reference: MovementReference) => reference,
    async read({ from, to }, cursor) {
      const after = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`
      return readPage(await get(`/v1/transfers?from=${from}&to=${to}&limit=${PAGE_SIZE}${after}`))
    },
  }
}

function readPage(answer: Answer): HistoryPage {
  const read = readBody(answer, ({ status }) => status === 429)
  if (read.kind !== 'body') {
    const told = toUnknown(read)
    return { kind: 'unknown', detail: 'detail' in told ? told.detail : 'no answer' }
  }
  const said = page.safeParse(read.json)
  if (read.status !== 200 || !said.success)
    return { kind: 'unknown', detail: `HTTP ${read.status} without transfers` }
  const { transfers, next } = said.data
  const isEnd = next === undefined || transfers.length === 0
  return { kind: 'page', ...readRows(transfers, readTransfer), ...(!isEnd && { next }) }
}

function readTransfer(told: unknown): HistoryEntry | 'foreign' | undefined {
  const id = named.safeParse(told)
  if (!id.success) return undefined
  const reference = asReference(id.data.reference)
  if (reference === undefined) return 'foreign'
  const read = transfer.safeParse(told)
  const money = read.success && readMoney(read.data.asset, read.data.amount)
  const executedAt = read.success ? readMoment(read.data.at) : undefined
  if (!read.success || !money || executedAt === undefined) return undefined
  const { id: exchangeReference, kind, account: walletId, status } = read.data
  const state = status === 'executed' || status === 'refused' ? status : 'pending'
  const names = { name: reference, reference, exchangeReference }
  return { ...names, kind, walletId, ...money, executedAt, state }
}
