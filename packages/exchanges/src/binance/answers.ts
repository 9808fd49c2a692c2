import type { DebitOrder, LookUpResult } from '@tolem/domain/movement'
import type { Money } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import { z } from 'zod'
import { readCoins, wholeSteps } from '../coins.ts'
import type { Answer, Answered } from '../http/send.ts'
import { readBody, toUnknown, type Verdict, verdictOf } from '../verdict.ts'
import { transferMeaningOf } from './codes.ts'

/** Which side of a transfer the customer's sub-account is on; the other side is the programme's master account. */
export type CustomerSide = 'fromEmail' | 'toEmail'

/** Ids and codes are integers of any length and sign (100001002 is one); {@link parseJson} keeps them as text. */
export const binanceError = z.object({
  code: z.string().regex(/^-?[0-9]{1,20}$/),
  msg: z.string().catch(''),
})
const transferId = z.string().regex(/^[0-9]{1,40}$/)
const done = z.object({
  tranId: transferId,
  clientTranId: z.string(),
  code: z.never().optional(),
})
const history = z.object({
  totalCount: z.string().regex(/^[0-9]{1,18}$/),
  result: z.array(
    z.object({
      tranId: transferId,
      clientTranId: z.string(),
      fromEmail: z.string().catch(''),
      toEmail: z.string().catch(''),
      fromAccountType: z.string(),
      toAccountType: z.string(),
      asset: z.string(),
      amount: z.string(),
      status: z.string(),
    }),
  ),
})
const assets = z.object({ balances: z.array(z.object({ asset: z.string(), free: z.string() })) })

type Transfer = z.output<typeof history>['result'][number]

/** What the answer to a transfer says about it. The answer echoes our reference and nothing else. */
export function judgeTransfer(answer: Answer, order: DebitOrder): Verdict {
  const read = readBody(answer, isTurnedAway)
  if (read.kind !== 'body') return read
  const success = done.safeParse(read.json)
  if (read.status === 200 && success.success) {
    const { tranId, clientTranId } = success.data
    return clientTranId === order.reference
      ? { kind: 'done', exchangeReference: tranId }
      : { kind: 'in_doubt', detail: 'the answer is about another reference' }
  }
  const error = binanceError.safeParse(read.json)
  if (!error.success)
    return { kind: 'in_doubt', detail: `HTTP ${read.status} with an unknown body` }
  const { meaning, label } = transferMeaningOf(error.data)
  return verdictOf(meaning, label)
}

/** One page of the history: its transfers, and how many the whole history has. */
export type HistoryPage = {
  readonly kind: 'page'
  readonly transfers: readonly Transfer[]
  readonly total: number
}

/** Reads one page, or tells why it proves nothing. */
export function readHistoryPage(answer: Answer): HistoryPage | LookUpResult {
  const read = readBody(answer, isTurnedAway)
  if (read.kind !== 'body') return toUnknown(read)
  const list = history.safeParse(read.json)
  if (read.status !== 200 || !list.success)
    return { kind: 'unknown', detail: `HTTP ${read.status} without a history` }
  return { kind: 'page', transfers: list.data.result, total: Number(list.data.totalCount) }
}

/**
 * What the pages that were read say about an order. Only a history that is empty is "not found": a list of others has
 * ignored our filter.
 */
export function judgeHistory(
  { transfers, total }: Omit<HistoryPage, 'kind'>,
  order: DebitOrder,
  customer: CustomerSide,
): LookUpResult {
  const ours = transfers.filter((transfer) => transfer.clientTranId === order.reference)
  const [transfer, another] = ours
  if (!transfer)
    return total === 0 && transfers.length === 0
      ? { kind: 'not_found' }
      : { kind: 'unknown', detail: 'the history is about other references' }
  if (another)
    return { kind: 'contradicted', detail: `${ours.length} transfers have our reference` }
  const flaw = flawOf(transfer, order, customer)
  if (flaw) return { kind: 'contradicted', detail: `the transfer has ${flaw}` }
  return byStatus(transfer)
}

/** What of the wallet's assets can be moved, in the cardholder's order; nothing when the answer is unreadable. */
export function readAssets(
  answer: Answer,
  wanted: readonly CryptoAsset[],
): readonly Money<CryptoAsset>[] | undefined {
  const read = readBody(answer, isTurnedAway)
  if (read.kind !== 'body' || read.status !== 200) return undefined
  const list = assets.safeParse(read.json)
  if (!list.success) return undefined
  return wanted.flatMap((asset) => {
    const free = list.data.balances.find((balance) => balance.asset === asset)?.free
    const held = free === undefined ? undefined : readCoins(asset, free)
    return held === undefined ? [] : [{ asset, amount: wholeSteps(asset, held) }]
  })
}

/** Answers by which Binance's gate says that it did not even look (Binance Spot API, IP Limits). */
export function isTurnedAway(answer: Answered): boolean {
  return answer.status === 429 || answer.status === 418
}

function flawOf(transfer: Transfer, order: DebitOrder, customer: CustomerSide): string | undefined {
  if (transfer.asset !== order.asset) return 'another asset'
  if (readCoins(order.asset, transfer.amount) !== order.amount) return 'another amount'
  if (transfer[customer].toLowerCase() !== order.wallet.walletId.toLowerCase())
    return 'another customer'
  if (transfer.fromAccountType !== 'SPOT' || transfer.toAccountType !== 'SPOT')
    return 'another account type'
  return undefined
}

/** SUCCESS alone is documented. Client libraries know INIT, PROCESS and FAILURE too, and only FAILURE is final. */
function byStatus(transfer: Transfer): LookUpResult {
  switch (transfer.status) {
    case 'SUCCESS':
      return { kind: 'executed', exchangeReference: transfer.tranId }
    case 'FAILURE':
      return { kind: 'refused', detail: 'status FAILURE' }
    default:
      return { kind: 'unknown', detail: `status ${transfer.status.slice(0, 20)}` }
  }
}
