import { z } from 'zod'
import type { Answer, Endpoint } from '../call.ts'
import { parseCoins } from '../coins.ts'
import { MASTER, type Operation } from '../entries.ts'
import type { Fault } from '../faults.ts'
import { whenSaved } from '../when-saved.ts'
import type { Announcements } from './announcements.ts'
import { payAnswer, payRefusal, payRefusalBy } from './answers.ts'
import type { Contract } from './contracts.ts'
import { PAY_PARTY, type PayDeps } from './deps.ts'
import { alphanumeric, amount, currency, long, PAY_SCALE, text, webhookUrl } from './fields.ts'
import { effectOf, isUnderWay, orderIdOf, prepayIdOf } from './orders.ts'

const application = z.object({
  subMerchantId: text(19).optional(),
  merchantRequestId: alphanumeric(32),
  tradeMode: z.literal('DIRECT_DEBIT'),
  bizId: long,
  preBizId: long.optional(),
  amount,
  // "Y" in older copies of the table, absent from the newest.
  currency: currency.optional(),
  productType: text(16).optional(),
  productName: text(256),
  productDetail: text(256).optional(),
  webhookUrl,
})

type Application = z.output<typeof application>

/**
 * POST /pay/apply: debits the cardholder under a signed contract. "Idempotent result will be returned for same
 * requestId": a repeat gets the first order as it stands now, whatever else it says. A request refused before it became
 * an order leaves its merchantRequestId free; a FAILED order does not.
 */
export function applyEndpoint(deps: PayDeps & { announcements: Announcements }): Endpoint {
  return (received) => {
    const admitted = deps.gate.admit(received, application)
    if ('status' in admitted) return admitted
    const { asked } = admitted
    return {
      operation: 'debit',
      wallet: asked.bizId,
      headers: {},
      run: (fault) => apply(deps, asked, fault),
    }
  }
}

function apply(
  deps: PayDeps & { announcements: Announcements },
  asked: Application,
  fault: Fault | undefined,
): Answer | Promise<Answer> {
  const { book, now, config } = deps
  const reference = asked.merchantRequestId
  const key = { exchange: 'binance', kind: 'debit', party: PAY_PARTY, reference } as const
  const first = book.find(key)
  if (first !== undefined) return answerTo(first, fault, now())
  if (fault?.kind === 'duplicate_code' && !fault.executes) return payRefusal('trade_no')
  const contract = checkContract(deps, asked)
  if ('body' in contract) return contract
  const money = { asset: contract.currency, units: asked.amount }
  const isCovered = fault?.kind !== 'insufficient' && book.covers('binance', asked.bizId, money)
  const code = config.SANDBOX_BINANCE_PAY_INSUFFICIENT_CODE
  if (!isCovered && code !== undefined) return payRefusalBy(code, 'Insufficient balance.')
  const order = book.post({
    ...key,
    from: asked.bizId,
    to: MASTER,
    ...money,
    echo: echoOf(asked, contract),
    ...effectOf(fault, now(), config.SANDBOX_BINANCE_PAY_PROCESSING_MS),
    ...(isCovered ? {} : { failure: 'INSUFFICIENT' }),
  })
  if (order.failure === undefined) deps.notices.orderPaid(order)
  if (fault?.kind === 'duplicate_code') return whenSaved(order, payRefusal('trade_no'))
  return answerTo(order, fault, now())
}

/** Under `wrong_echo` it is another request's answer. */
function answerTo(order: Operation, fault: Fault | undefined, time: number) {
  const { reference, at, failure, interim } = order
  const status = failure === undefined ? 'SUCCESS' : 'FAILED'
  const answer = payAnswer({
    orderId: orderIdOf(order),
    prepayId: prepayIdOf(order),
    merchantRequestId: fault?.kind === 'wrong_echo' ? `${reference}0` : reference,
    appliedTime: at,
    status: isUnderWay(order, time) ? interim : status,
  })
  return whenSaved(order, answer)
}

function checkContract(
  { config, contracts, announcements }: PayDeps & { announcements: Announcements },
  asked: Application,
): Contract | Answer {
  const contract = contracts.find({ contractId: asked.bizId })
  if (contract === undefined) return payRefusal('contract')
  if (contract.status !== 'CONTRACT_SIGNED') return payRefusal('contract_unsigned')
  if ((asked.currency ?? contract.currency) !== contract.currency) {
    return payRefusal('value', 'currency')
  }
  const limit = parseCoins(contract.singleUpperLimit, PAY_SCALE) ?? 0n
  if (asked.amount > limit) {
    const code = config.SANDBOX_BINANCE_PAY_OVER_LIMIT_CODE
    return payRefusalBy(code, 'The amount exceeds singleUpperLimit.')
  }
  if (contract.periodic && !announcements.isRipe(asked.preBizId, contract)) {
    return payRefusal('value', 'preBizId')
  }
  return contract
}

function echoOf(asked: Application, contract: Contract): Record<string, string> {
  return {
    openUserId: contract.openUserId,
    productName: asked.productName,
    productType: asked.productType ?? '',
    webhookUrl: asked.webhookUrl ?? '',
  }
}
