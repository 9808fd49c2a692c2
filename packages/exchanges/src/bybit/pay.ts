import type { ExchangeId } from '@tolem/domain/ids'
import type { CreditOrder, DebitOrder } from '@tolem/domain/movement'
import { accept, type Outcome, refuse } from '@tolem/domain/outcome'
import type { ExchangeClient } from '../http/client.ts'
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
import { judgeMovement, judgeRecord } from './answers.ts'
import type { BybitPayEndpoint } from './codes.ts'
import type { BybitSigner } from './sign.ts'
import { bybitPayStep } from './units.ts'

type BybitPayDeps = {
  readonly exchange: ExchangeId
  readonly settings: BybitPaySettings
  readonly receiveWindowMs: number
  readonly client: ExchangeClient
  readonly sign: BybitSigner
}

const ROOT = '/v5/bybitpay/agreement'

/** A mandate for purchases whenever they happen, in no particular scene (pay-docs, agreement types, scene codes). */
const AGREEMENT_TYPE = 'NON_CYCLE'
const SCENE_CODE = 'OTHERS'

/**
 * Bybit Pay wants a webhook named in each order. We settle by queries and listen to none, so this is a name that can
 * never resolve (RFC 6761) instead of somebody's host.
 */
const NO_WEBHOOK = 'https://no-webhook.invalid/'

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
      isResendSafe: true,
      notFoundIsFinalAfterMs: settings.notFoundIsFinalAfterMs,
    },
    stepOf: bybitPayStep,
    debit: async (order, limit) =>
      toDebitResult(await move(deps, { endpoint: 'pay', order, limit, fields: payFields(order) })),
    credit: async (order, limit) =>
      toCreditResult(
        await move(deps, { endpoint: 'refund', order, limit, fields: refundFields(order) }),
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
  const amount = wireAmount(order, deps.settings)
  if (!amount.ok) return refusedUnsent(amount.reason)
  const body = JSON.stringify({ ...parties(deps, order), ...movement.fields(amount.value) })
  const purpose: Purpose = endpoint === 'pay' ? 'debit' : 'credit'
  const answer = await deps.client.call(purpose, limit.timeoutMs, () => ({
    method: 'POST',
    path: `${ROOT}/${endpoint}`,
    headers: { ...signed(deps, body, limit), 'Content-Type': 'application/json' },
    body,
  }))
  return judgeMovement(answer, order, endpoint)
}

function payFields(order: DebitOrder) {
  return (amount: WireAmount) => ({
    agreement_no: order.wallet.walletId,
    out_trade_no: order.reference,
    scene_code: SCENE_CODE,
    amount,
    order_info: { order_title: 'Card purchase' },
    notify_url: NO_WEBHOOK,
  })
}

function refundFields(order: CreditOrder) {
  return (amount: WireAmount) => ({
    out_trade_no: order.debitReference,
    out_refund_no: order.reference,
    refund_amount: amount,
    notify_url: NO_WEBHOOK,
  })
}

async function lookUp(deps: BybitPayDeps, order: DebitOrder, endpoint: BybitPayEndpoint) {
  if (!order.wallet.userId) return toUnknown(refusedUnsent('the wallet link names no user'))
  return judgeRecord(await query(deps, order, endpoint), order, endpoint)
}

function query(deps: BybitPayDeps, order: DebitOrder, endpoint: BybitPayEndpoint): Promise<Answer> {
  const parameters = new URLSearchParams({
    ...parties(deps, order),
    ...(endpoint === 'pay'
      ? { record_type: 'PAY', out_trade_no: order.reference }
      : { record_type: 'REFUND', out_refund_no: order.reference }),
  }).toString()
  return deps.client.call('look_up', LOOK_UP_LIMIT.timeoutMs, () => ({
    method: 'GET',
    path: `${ROOT}/pay/query?${parameters}`,
    headers: signed(deps, parameters, LOOK_UP_LIMIT),
  }))
}

function parties(deps: BybitPayDeps, order: DebitOrder) {
  return {
    merchant_id: deps.settings.merchantId,
    user_id: order.wallet.userId ?? '',
    agreement_type: AGREEMENT_TYPE,
  }
}

/** The exchange must not execute what we no longer wait for. */
function signed(deps: BybitPayDeps, payload: string, limit: CallLimit) {
  return deps.sign(payload, Math.min(deps.receiveWindowMs, Math.floor(limit.timeoutMs)))
}

/** The amount as the exchange counts it, or why this order can never be sent. */
function wireAmount(order: DebitOrder, settings: BybitPaySettings): Outcome<WireAmount, string> {
  const step = bybitPayStep(order.asset)
  const chain = settings.chains[order.asset]
  if (!order.wallet.userId) return refuse('the wallet link names no user')
  if (!chain) return refuse(`the programme names no chain for ${order.asset}`)
  if (order.amount <= 0n || order.amount % step !== 0n) return refuse('not a multiple of the step')
  const total = (order.amount / step).toString()
  return accept({ total, currency: order.asset, currency_type: 'CRYPTO', chain })
}
