import type { ExchangeId } from '@tolem/domain/ids'
import type { CreditOrder, DebitOrder } from '@tolem/domain/movement'
import { accept, type Outcome, refuse } from '@tolem/domain/outcome'
import type { Purpose } from '../http/gate.ts'
import type { Answer } from '../http/send.ts'
import { LOOK_UP_LIMIT } from '../look-up-limit.ts'
import type { CallLimit, RailPort } from '../port.ts'
import type { BybitPaySettings } from '../settings.ts'
import {
  refusedUnsent,
  toCreditResult,
  toDebitResult,
  toUnknown,
  type Verdict,
} from '../verdict.ts'
import { AGREEMENT_PATH, AGREEMENT_TYPE, noticeUrlOf, SCENE_CODE } from './agreement.ts'
import { judgeMovement, judgeRecord } from './answers.ts'
import { type BybitAccess, bybitGet, bybitPost, encoded } from './calls.ts'
import type { BybitPayEndpoint } from './codes.ts'
import type { PayStep } from './units.ts'

type BybitPayDeps = BybitAccess & {
  readonly exchange: ExchangeId
  readonly settings: BybitPaySettings
  readonly stepOf: PayStep
}

/**
 * Moves crypto under a mandate (Bybit Pay, Recurring Payments). A payment and a refund are idempotent by our
 * reference: a repeat returns the first result. There is no call that tells a customer's balance.
 */
export function createBybitPay(deps: BybitPayDeps): RailPort {
  const { settings } = deps
  return {
    exchange: deps.exchange,
    rail: 'bybit-pay',
    capabilities: {
      reference: { kind: 'for_ever' },
      hasValidityWindow: true,
      notFoundIsFinalAfterMs: settings.notFoundIsFinalAfterMs,
    },
    stepOf: deps.stepOf,
    debit: async (order, limit) =>
      toDebitResult(
        await move(deps, { endpoint: 'pay', order, limit, fields: payFields(order, settings) }),
      ),
    credit: async (order, limit) =>
      toCreditResult(
        await move(deps, {
          endpoint: 'refund',
          order,
          limit,
          fields: refundFields(order, settings),
        }),
      ),
    lookUpDebit: (order) => lookUp(deps, order, 'pay'),
    lookUpCredit: (order) => lookUp(deps, order, 'refund'),
    balances: () => Promise.resolve(refuse('unsupported')),
  }
}

type Movement = {
  readonly endpoint: BybitPayEndpoint
  readonly order: DebitOrder
  readonly limit: CallLimit
  readonly fields: (amount: WireAmount) => object
}

type WireAmount = { total: string; currency: string; currency_type: 'CRYPTO'; chain: string }

async function move(deps: BybitPayDeps, movement: Movement): Promise<Verdict> {
  const { endpoint, order, limit } = movement
  const amount = wireAmount(order, deps)
  if (!amount.ok) return refusedUnsent(amount.reason)
  const body = JSON.stringify({ ...parties(deps, order), ...movement.fields(amount.value) })
  const purpose: Purpose = endpoint === 'pay' ? 'debit' : 'credit'
  const path = `${AGREEMENT_PATH}/${endpoint}`
  const answer = await bybitPost(deps, { purpose, path, body, limit })
  return judgeMovement(answer, { order, endpoint, stepOf: deps.stepOf })
}

function payFields(order: DebitOrder, settings: BybitPaySettings) {
  return (amount: WireAmount) => ({
    agreement_no: order.wallet.walletId,
    out_trade_no: order.reference,
    scene_code: SCENE_CODE,
    amount,
    order_info: { order_title: 'Card purchase' },
    notify_url: noticeUrlOf(settings),
  })
}

function refundFields(order: CreditOrder, settings: BybitPaySettings) {
  return (amount: WireAmount) => ({
    out_trade_no: order.debitReference,
    out_refund_no: order.reference,
    refund_amount: amount,
    notify_url: noticeUrlOf(settings),
  })
}

async function lookUp(deps: BybitPayDeps, order: DebitOrder, endpoint: BybitPayEndpoint) {
  if (!order.wallet.userId) return toUnknown(refusedUnsent('the wallet link names no user'))
  const answer = await query(deps, order, endpoint)
  return judgeRecord(answer, { order, endpoint, stepOf: deps.stepOf })
}

function query(deps: BybitPayDeps, order: DebitOrder, endpoint: BybitPayEndpoint): Promise<Answer> {
  const record =
    endpoint === 'pay'
      ? { record_type: 'PAY', out_trade_no: order.reference }
      : { record_type: 'REFUND', out_refund_no: order.reference }
  return bybitGet(deps, {
    path: `${AGREEMENT_PATH}/pay/query`,
    query: encoded({ ...parties(deps, order), ...record }),
    limit: LOOK_UP_LIMIT,
  })
}

function parties(deps: BybitPayDeps, order: DebitOrder) {
  return {
    merchant_id: deps.settings.merchantId,
    user_id: order.wallet.userId ?? '',
    agreement_type: AGREEMENT_TYPE,
  }
}

/** The amount as the exchange counts it, or why this order can never be sent. */
function wireAmount(
  order: DebitOrder,
  { settings, stepOf }: BybitPayDeps,
): Outcome<WireAmount, string> {
  const step = stepOf(order.asset)
  const chain = settings.chains[order.asset]
  if (!order.wallet.userId) return refuse('the wallet link names no user')
  if (!chain) return refuse(`the programme names no chain for ${order.asset}`)
  if (order.amount <= 0n || order.amount % step !== 0n) return refuse('not a multiple of the step')
  const total = (order.amount / step).toString()
  return accept({ total, currency: order.asset, currency_type: 'CRYPTO', chain })
}
