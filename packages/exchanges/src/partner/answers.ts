import type { DebitOrder, LookUpResult } from '@tolem/domain/movement'
import type { Money } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import { z } from 'zod'
import { readCoins } from '../coins.ts'
import type { Answer } from '../http/send.ts'
import { readBody, toUnknown, type Verdict, verdictOf } from '../verdict.ts'
import { meaningOf } from './codes.ts'

/** What was asked for, as the exchange must repeat it. */
export type OrderedTransfer = { readonly order: DebitOrder; readonly kind: 'debit' | 'credit' }

const transfer = z.object({
  id: z.string().min(1).max(64),
  reference: z.string(),
  kind: z.string(),
  account: z.string(),
  asset: z.string(),
  amount: z.string(),
  status: z.string(),
  reason: z.string().optional(),
})
const answerBody = z.object({ transfer, error: z.never().optional() })
const errorBody = z.object({ error: z.string() })
const balancesBody = z.object({
  balances: z.array(z.object({ asset: z.string(), available: z.string() })),
})

type Transfer = z.output<typeof transfer>

/** What the answer to a transfer says about it: done only for `executed` with everything that was asked for. */
export function judgeTransfer(answer: Answer, asked: OrderedTransfer): Verdict {
  const read = readTransfer(answer)
  if (read.kind === 'error') return verdictOf(meaningOf(read.code), read.code.slice(0, 40))
  if (read.kind !== 'transfer') return read
  const flaw = flawOf(read.transfer, asked)
  if (flaw) return { kind: 'in_doubt', detail: `the answer is about ${flaw}` }
  const { status, id, reason = '' } = read.transfer
  if (status === 'executed') return { kind: 'done', exchangeReference: id }
  if (status !== 'refused') return { kind: 'in_doubt', detail: statusDetail(read.transfer) }
  const meaning = reason === 'insufficient_funds' ? 'insufficient_funds' : 'refused'
  return verdictOf(meaning, `refused, ${reason.slice(0, 40)}`)
}

/** What the exchange's record says about a transfer. */
export function judgeRecord(answer: Answer, asked: OrderedTransfer): LookUpResult {
  const read = readTransfer(answer)
  if (read.kind === 'error')
    return read.status === 404 && read.code === 'not_found'
      ? { kind: 'not_found' }
      : { kind: 'unknown', detail: read.code.slice(0, 40) }
  if (read.kind !== 'transfer') return toUnknown(read)
  if (read.transfer.reference !== asked.order.reference)
    return { kind: 'unknown', detail: 'the answer is about another reference' }
  const flaw = flawOf(read.transfer, asked)
  if (flaw) return { kind: 'contradicted', detail: `the record is about ${flaw}` }
  const { status, id, reason = '' } = read.transfer
  if (status === 'executed') return { kind: 'executed', exchangeReference: id }
  if (status === 'refused') return { kind: 'refused', detail: reason.slice(0, 40) }
  return { kind: 'unknown', detail: statusDetail(read.transfer) }
}

/** The balances of the wanted assets; nothing when the answer cannot be read. What is not listed is none. */
export function readBalances(
  answer: Answer,
  wanted: readonly CryptoAsset[],
): readonly Money<CryptoAsset>[] | undefined {
  const read = readBody(answer, ({ status }) => status === 429)
  if (read.kind !== 'body' || read.status !== 200) return undefined
  const { data } = balancesBody.safeParse(read.json)
  if (!data) return undefined
  return wanted.flatMap((asset) => {
    const available = data.balances.find((balance) => balance.asset === asset)?.available
    const amount = available === undefined ? undefined : readCoins(asset, available)
    return amount === undefined ? [] : [{ asset, amount }]
  })
}

function readTransfer(answer: Answer) {
  const read = readBody(answer, ({ status }) => status === 429)
  if (read.kind !== 'body') return read
  const { status, json } = read
  const done = answerBody.safeParse(json)
  if (status === 200 && done.success)
    return { kind: 'transfer', transfer: done.data.transfer } as const
  const error = errorBody.safeParse(json)
  if (status >= 400 && error.success)
    return { kind: 'error', status, code: error.data.error } as const
  return { kind: 'in_doubt', detail: `HTTP ${status} with an unknown body` } as const
}

function flawOf(record: Transfer, { order, kind }: OrderedTransfer): string | undefined {
  if (record.reference !== order.reference) return 'another reference'
  if (record.kind !== kind) return 'another direction'
  if (record.account !== order.wallet.walletId) return 'another account'
  if (record.asset !== order.asset) return 'another asset'
  return readCoins(order.asset, record.amount) === order.amount ? undefined : 'another amount'
}

function statusDetail({ status }: Transfer): string {
  return `status ${status.slice(0, 20)}`
}
