import type { ExchangeId, MovementReference } from '@tolem/domain/ids'
import { z } from 'zod'
import {
  asReference,
  type HistoryEntry,
  type HistoryPage,
  type HistoryPort,
  type HistorySpan,
  readMoment,
  readMoney,
  readRows,
} from '../history-port.ts'
import { LONGEST_SPAN_MS } from '../history-span.ts'
import { LOOK_UP_LIMIT } from '../look-up-limit.ts'
import { readBody, toUnknown } from '../verdict.ts'
import { isTurnedAway } from './answers.ts'
import { type BinanceLine, callSigned } from './line.ts'

type Deps = BinanceLine & { readonly exchange: ExchangeId; readonly masterEmail: string }

const PATH = '/sapi/v1/sub-account/universalTransfer'

/** The most records that a page may have. */
const PAGE_SIZE = 500

const page = z.object({
  totalCount: z.string().regex(/^[0-9]{1,15}$/),
  result: z.array(z.unknown()),
})
const named = z.object({ clientTranId: z.string().catch('') })
const record = z.object({
  tranId: z.string().regex(/^[0-9]{1,40}$/),
  fromEmail: z.string().catch(''),
  toEmail: z.string().catch(''),
  asset: z.string(),
  amount: z.string(),
  createTimeStamp: z.string(),
  status: z.string(),
})

/** The two lists: what came to the master account, and what it sent; one call gives only one of them. */
const LISTS = ['debit', 'credit'] as const
type List = (typeof LISTS)[number]

/**
 * The transfers between the master account and its sub-accounts (Binance Sub-account API, Query Universal Transfer
 * History: seven days at once, numbered pages, either by sender, which is the master unless told, or by recipient). How
 * far back it reaches is not published.
 */
export function createBinanceHistory(deps: Deps): HistoryPort {
  return {
    exchange: deps.exchange,
    rail: 'binance-subaccount',
    longestSpanMs: LONGEST_SPAN_MS,
    nameOf: (reference: MovementReference) => reference,
    read: (span, cursor) => readPage(deps, { span, ...placeOf(cursor) }),
  }
}

type Place = { readonly list: List; readonly page: number }

function placeOf(cursor = 'debit 1'): Place {
  const [list, number] = cursor.split(' ')
  return { list: list === 'credit' ? 'credit' : 'debit', page: Number(number) }
}

async function readPage(
  deps: Deps,
  asked: Place & { readonly span: HistorySpan },
): Promise<HistoryPage> {
  const { span, list } = asked
  const parameters = {
    ...(list === 'debit' && { toEmail: deps.masterEmail }),
    startTime: String(span.from),
    endTime: String(span.to),
    page: String(asked.page),
    limit: String(PAGE_SIZE),
  }
  const call = { method: 'GET', path: PATH, parameters, purpose: 'look_up' } as const
  const read = readBody(await callSigned(deps, call, LOOK_UP_LIMIT), isTurnedAway)
  if (read.kind !== 'body') {
    const told = toUnknown(read)
    return { kind: 'unknown', detail: 'detail' in told ? told.detail : 'no answer' }
  }
  const said = page.safeParse(read.json)
  if (read.status !== 200 || !said.success)
    return { kind: 'unknown', detail: `HTTP ${read.status} without a history` }
  const { result, totalCount } = said.data
  const isLast = asked.page * PAGE_SIZE >= Number(totalCount)
  if (!isLast && result.length === 0)
    return { kind: 'unknown', detail: 'the history ended before its end' }
  const rows = readRows(result, (told) => readRecord(told, list, deps.masterEmail))
  return { kind: 'page', ...rows, ...nextOf(asked, isLast) }
}

function nextOf({ list, page: number }: Place, isLast: boolean): { readonly next?: string } {
  if (!isLast) return { next: `${list} ${number + 1}` }
  return list === 'debit' ? { next: 'credit 1' } : {}
}

function readRecord(
  told: unknown,
  kind: List,
  masterEmail: string,
): HistoryEntry | 'foreign' | undefined {
  const id = named.safeParse(told)
  if (!id.success) return undefined
  const reference = asReference(id.data.clientTranId)
  if (reference === undefined) return 'foreign'
  const read = record.safeParse(told)
  if (!read.success) return undefined
  const { tranId, fromEmail, toEmail, asset, amount, createTimeStamp, status } = read.data
  const money = readMoney(asset, amount)
  const executedAt = readMoment(createTimeStamp)
  const [walletId, ours] = kind === 'debit' ? [fromEmail, toEmail] : [toEmail, fromEmail]
  const isOurs = ours === '' || ours.toLowerCase() === masterEmail.toLowerCase()
  if (!money || executedAt === undefined || !isOurs || walletId === '') return undefined
  const state = STATES[status] ?? 'pending'
  const names = { name: reference, reference, exchangeReference: tranId }
  return { ...names, kind, walletId, ...money, executedAt, state }
}

/** SUCCESS alone is documented; client libraries know FAILURE as the other end. */
const STATES: Readonly<Record<string, HistoryEntry['state']>> = {
  SUCCESS: 'executed',
  FAILURE: 'refused',
}
