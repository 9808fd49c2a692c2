import type { DebitOrder, LookUpResult } from '@tolem/domain/movement'
import { amountOf, type Money } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import { z } from 'zod'
import { readCoins } from '../coins.ts'
import type { Answer } from '../http/send.ts'
import { toUnknown, type Verdict, verdictOf } from '../verdict.ts'
import { readEnvelope } from './envelope.ts'
import { meaningIn } from './gateway-codes.ts'
import { TRANSFER_CODES } from './transfer-codes.ts'
import { type PayStep, readRounded } from './units.ts'

/** One transfer as it was ordered: what a record must agree with. */
export type OrderedTransfer = {
  readonly order: DebitOrder
  readonly transferId: string
  readonly fromMemberId: string
  readonly toMemberId: string
  readonly accountType: string
}

/** One page of the history: a result, or where to read on. */
export type HistoryPage =
  | { readonly kind: 'next'; readonly cursor: string; readonly isEmpty: boolean }
  | { readonly kind: 'read'; readonly result: LookUpResult }

const acknowledged = z.object({ transferId: z.string().min(1).max(128), status: z.string() })

/** Member ids are numbers in a request and texts in this list; {@link parseJson} makes both text. */
const transfer = z.object({
  transferId: z.string(),
  coin: z.string(),
  amount: z.string(),
  fromMemberId: z.string(),
  toMemberId: z.string(),
  fromAccountType: z.string(),
  toAccountType: z.string(),
  status: z.string(),
})
const history = z.object({
  list: z.array(transfer),
  nextPageCursor: z
    .string()
    .max(1_000)
    .refine((cursor) => cursor.isWellFormed())
    .nullish(),
})
const balances = z.object({
  memberId: z.string(),
  accountType: z.string(),
  balance: z.array(
    z.object({
      coin: z.string(),
      transferBalance: z.string(),
      transferSafeAmount: z.string().nullish(),
    }),
  ),
})

/** What the answer to a transfer says about it. It echoes our id: only SUCCESS has moved anything. */
export function judgeTransfer(answer: Answer, { transferId }: OrderedTransfer): Verdict {
  const read = readEnvelope(answer)
  if (read.kind === 'code') {
    const { meaning, label } = meaningIn(TRANSFER_CODES, read.code)
    return verdictOf(meaning, label)
  }
  if (read.kind !== 'result') return read
  const said = acknowledged.safeParse(read.result)
  if (!said.success) return { kind: 'in_doubt', detail: 'success without a transfer' }
  if (!isOurs(said.data.transferId, transferId))
    return { kind: 'in_doubt', detail: 'the answer is about another transfer' }
  if (said.data.status === 'SUCCESS') return { kind: 'done', exchangeReference: transferId }
  if (said.data.status === 'FAILED') return verdictOf('refused', 'status FAILED')
  return { kind: 'in_doubt', detail: statusDetail(said.data.status) }
}

/**
 * What one page of the history says about a transfer. Only an empty page that is the last is "not found", where those
 * before it were empty too: rows of others have ignored our filter, and then the rest of the span is worth reading, but
 * its end proves nothing.
 */
export function judgeHistory(answer: Answer, ordered: OrderedTransfer): HistoryPage {
  const read = readEnvelope(answer)
  if (read.kind === 'code')
    return page({ kind: 'unknown', detail: meaningIn(TRANSFER_CODES, read.code).label })
  if (read.kind !== 'result') return page(toUnknown(read))
  const said = history.safeParse(read.result)
  if (!said.success) return page({ kind: 'unknown', detail: 'success without a history' })
  const { list, nextPageCursor } = said.data
  const ours = list.filter(({ transferId }) => isOurs(transferId, ordered.transferId))
  const [record, another] = ours
  if (another) return page({ kind: 'contradicted', detail: `${ours.length} transfers have our id` })
  if (record) return page(judgeRecord(record, ordered))
  const isEmpty = list.length === 0
  if (nextPageCursor) return { kind: 'next', cursor: nextPageCursor, isEmpty }
  if (isEmpty) return page({ kind: 'not_found' })
  return page({ kind: 'unknown', detail: 'the history is about other transfers' })
}

/**
 * What of the wallet's assets can be moved, in the cardholder's order; nothing when the answer is unreadable or about
 * somebody else. An empty text is a balance that is not told, not a zero. Fresh deposits cannot be moved at once: where
 * a safe amount is told, it counts.
 */
export function readBalances(
  answer: Answer,
  asked: { readonly memberId: string; readonly accountType: string; readonly stepOf: PayStep },
  wanted: readonly CryptoAsset[],
): readonly Money<CryptoAsset>[] | undefined {
  const read = readEnvelope(answer)
  if (read.kind !== 'result') return undefined
  const said = balances.safeParse(read.result)
  if (!said.success) return undefined
  if (said.data.memberId !== asked.memberId || said.data.accountType !== asked.accountType)
    return undefined
  return wanted.flatMap((asset) => {
    const told = said.data.balance.find(({ coin }) => coin === asset)
    const held = told && readRounded(asset, told.transferSafeAmount || told.transferBalance, 'down')
    const amount = held && amountOf(asset, held - (held % asked.stepOf(asset)))
    return amount === undefined ? [] : [{ asset, amount }]
  })
}

const page = (result: LookUpResult): HistoryPage => ({ kind: 'read', result })

/** The history writes `universalTransfer_<our UUID>_<member id>` where an answer to an order writes the UUID alone. */
function isOurs(told: string, transferId: string): boolean {
  return told.toLowerCase().includes(transferId)
}

function judgeRecord(record: z.output<typeof transfer>, ordered: OrderedTransfer): LookUpResult {
  const flaw = flawOf(record, ordered)
  if (flaw) return { kind: 'contradicted', detail: `the transfer has ${flaw}` }
  if (record.status === 'SUCCESS')
    return { kind: 'executed', exchangeReference: ordered.transferId }
  if (record.status === 'FAILED') return { kind: 'refused', detail: 'status FAILED' }
  return { kind: 'unknown', detail: statusDetail(record.status) }
}

function flawOf(record: z.output<typeof transfer>, ordered: OrderedTransfer): string | undefined {
  const { order, accountType } = ordered
  if (record.coin !== order.asset) return 'another asset'
  if (readCoins(order.asset, record.amount) !== order.amount) return 'another amount'
  if (record.fromMemberId !== ordered.fromMemberId || record.toMemberId !== ordered.toMemberId)
    return 'other members'
  if (record.fromAccountType !== accountType || record.toAccountType !== accountType)
    return 'another account type'
  return undefined
}

function statusDetail(status: string): string {
  return `status ${status.slice(0, 20)}`
}
