import { setTimeout as wait } from 'node:timers/promises'
import type { ExchangeId } from '@tolem/domain/ids'
import type { CreditOrder, DebitOrder } from '@tolem/domain/movement'
import { accept, type Outcome, refuse } from '@tolem/domain/outcome'
import { ledgerStep } from '../coins.ts'
import type { FOLLOW_UPS } from '../http/gate.ts'
import { LOOK_UP_LIMIT } from '../look-up-limit.ts'
import type { CallLimit, RailPort } from '../port.ts'
import { bareNumber } from '../raw-json.ts'
import type { BinancePaySettings } from '../settings.ts'
import { timeLeft } from '../time-left.ts'
import {
  refusedUnsent,
  toCreditResult,
  toDebitResult,
  type Verdict,
  verdictOf,
} from '../verdict.ts'
import { judgeApplied, judgeOrder, judgeRefund, judgeRefunded, type UnderWay } from './answers.ts'
import { callPay, type PayLine } from './call.ts'
import { CONTRACT_ASSETS, writeNumber } from './units.ts'

type BinancePayDeps = PayLine & {
  readonly exchange: ExchangeId
  readonly settings: BinancePaySettings
}

/**
 * Binance Pay takes a request only within a second of its time (Binance Pay, Common Rules), and no window can be asked
 * for: a request may still be taken when we have long given it up.
 */
const WINDOW_MS = 1_000

/**
 * Debits under a contract and refunds (Binance Pay, Direct Debit and Refund Order). Both are idempotent by our
 * reference: a repeat gives the first one's result. Both may end after their answer, which is then in doubt until a
 * look-up tells.
 *
 * A look-up goes by `merchantTradeNo`. That it is a debit's `merchantRequestId` is not published, so "not found" is
 * believed only by codes that the programme names. `/pay/notify` announces periodic debits a day ahead and is "not
 * needed for non-periodic payment" (Pre-notification): our contracts are not periodic, so none is sent. There is no
 * call that tells a customer's balance.
 */
export function createBinancePay(deps: BinancePayDeps): RailPort {
  const { settings } = deps
  const unpublished = settings.unpublishedCodes ?? {}
  const lookUp = (path: string, body: object) =>
    callPay(deps, { path, body, purpose: 'look_up', limit: LOOK_UP_LIMIT })
  return {
    exchange: deps.exchange,
    rail: 'binance-pay',
    capabilities: {
      reference: { kind: 'for_ever' },
      hasValidityWindow: true,
      notFoundIsFinalAfterMs: WINDOW_MS + settings.notFoundIsFinalAfterMs,
    },
    stepOf: ledgerStep,
    debit: async (order, limit) => toDebitResult(await apply(deps, order, limit)),
    credit: async (order, limit) => toCreditResult(await giveBack(deps, order, limit)),
    async lookUpDebit(order) {
      const answer = await lookUp('/v2/order/query', { merchantTradeNo: order.reference })
      return judgeOrder(answer, order, { unpublished })
    },
    async lookUpCredit(order) {
      const answer = await lookUp('/order/refund/query', { refundRequestId: order.reference })
      return judgeRefund(answer, order, unpublished)
    },
    balances: () => Promise.resolve(refuse('unsupported')),
  }
}

async function apply(deps: BinancePayDeps, order: DebitOrder, limit: CallLimit): Promise<Verdict> {
  const checked = check(order)
  if (!checked.ok) return refusedUnsent(checked.reason)
  const deadline = performance.now() + timeLeft(limit)
  const answer = await callPay(deps, {
    path: '/pay/apply',
    purpose: 'debit',
    limit,
    body: {
      merchantRequestId: order.reference,
      tradeMode: 'DIRECT_DEBIT',
      bizId: bareNumber(order.wallet.walletId),
      amount: writeNumber(order.asset, order.amount),
      currency: order.asset,
      productName: 'Card purchase',
      ...webhook(deps),
    },
  })
  const verdict = judgeApplied(answer, order, deps.settings.unpublishedCodes ?? {})
  return verdict.kind === 'under_way' ? awaitEnd(deps, order, { ...verdict, deadline }) : verdict
}

/** How long to wait before each question: short, because somebody stands at a till. As many as the gate lets out. */
const ASK_AFTER_MS = [80, 160, 320] as const satisfies { readonly length: typeof FOLLOW_UPS }

/** An answer takes some time too. */
const SHORTEST_CALL_MS = 60

/**
 * Debits are "processed asynchronously" (Direct Debit, Payment Application): without waiting, every one that is not
 * ended in its own answer would be declined and given back. Only reads, and never beyond what the caller waits for.
 */
async function awaitEnd(
  deps: BinancePayDeps,
  order: DebitOrder,
  { prepayId, status, deadline }: UnderWay & { readonly deadline: number },
): Promise<Verdict> {
  for (const ms of ASK_AFTER_MS) {
    const timeoutMs = Math.floor(deadline - performance.now() - ms)
    if (timeoutMs < SHORTEST_CALL_MS) break
    await wait(ms)
    const call = { path: '/v2/order/query', body: { prepayId }, purpose: 'follow_up' } as const
    const found = judgeOrder(await callPay(deps, { ...call, limit: { timeoutMs } }), order, {
      prepayId,
    })
    if (found.kind === 'executed')
      return { kind: 'done', exchangeReference: found.exchangeReference }
    if (found.kind === 'refused') return verdictOf('refused', found.detail)
    if (found.kind === 'contradicted') return { kind: 'in_doubt', detail: found.detail }
  }
  return { kind: 'in_doubt', detail: `status ${status}` }
}

/** Binance Pay knows the order to give back by its own prepay id only. */
async function giveBack(
  deps: BinancePayDeps,
  order: CreditOrder,
  limit: CallLimit,
): Promise<Verdict> {
  const checked = check(order)
  if (!checked.ok) return refusedUnsent(checked.reason)
  const prepayId = order.debitExchangeReference
  if (prepayId === undefined) return refusedUnsent('the debit has no prepay id')
  const answer = await callPay(deps, {
    path: '/order/refund',
    purpose: 'credit',
    limit,
    body: {
      refundRequestId: order.reference,
      prepayId,
      refundAmount: writeNumber(order.asset, order.amount),
      ...webhook(deps),
    },
  })
  return judgeRefunded(answer, order, deps.settings.unpublishedCodes ?? {})
}

/** Without an address of ours, notices go where the merchant's portal says. */
function webhook({ settings: { noticeUrl } }: BinancePayDeps) {
  return noticeUrl === undefined ? {} : { webhookUrl: noticeUrl }
}

/** Why this order can never be sent, if it cannot. */
function check(order: DebitOrder): Outcome<undefined, string> {
  if (!CONTRACT_ASSETS.includes(order.asset)) return refuse(`no contract is in ${order.asset}`)
  if (order.amount <= 0n || order.amount % ledgerStep(order.asset) !== 0n)
    return refuse('not a multiple of the step')
  if (!/^[1-9][0-9]{0,18}$/.test(order.wallet.walletId)) return refuse('the contract has no id')
  return accept(undefined)
}
