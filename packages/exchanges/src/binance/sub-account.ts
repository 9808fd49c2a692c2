import type { ExchangeId } from '@tolem/domain/ids'
import type { DebitOrder } from '@tolem/domain/movement'
import { accept, refuse } from '@tolem/domain/outcome'
import type { ExchangeClient } from '../http/client.ts'
import type { Purpose } from '../http/gate.ts'
import type { SignedRequest } from '../http/send.ts'
import { LOOK_UP_LIMIT } from '../look-up-limit.ts'
import type { CallLimit, LookUpSpan, RailPort } from '../port.ts'
import type { BinanceSubaccountSettings } from '../settings.ts'
import { refusedUnsent, toCreditResult, toDebitResult, type Verdict } from '../verdict.ts'
import { type CustomerSide, judgeHistory, judgeTransfer, readAssets } from './answers.ts'
import type { BinanceSigner, Parameters } from './sign.ts'
import { binanceStep, writeCoins } from './units.ts'

type BinanceDeps = {
  readonly exchange: ExchangeId
  readonly settings: BinanceSubaccountSettings
  readonly receiveWindowMs: number
  readonly client: ExchangeClient
  readonly sign: BinanceSigner
}

const TRANSFER = '/sapi/v1/sub-account/universalTransfer'
const ASSETS = '/sapi/v4/sub-account/assets'

/** The exchange's clock may differ from ours, and a transfer may wait for all of its receive window (at most 60 s). */
const SPAN_MARGIN_MS = 5 * 60_000

/** The longest span of a history (Binance Sub-account API, Query Universal Transfer History). */
const LONGEST_SPAN_MS = 7 * 24 * 60 * 60_000

/**
 * Moves crypto between a customer's sub-account, named by its e-mail, and the programme's master account (Binance
 * Sub-account API, Universal Transfer). What a repeated clientTranId answers is not documented, so a resend is not
 * called safe: a look-up must have said "not found" for good before.
 */
export function createBinanceSubaccount(deps: BinanceDeps): RailPort {
  const { settings } = deps
  return {
    exchange: deps.exchange,
    rail: 'binance-subaccount',
    capabilities: {
      isResendSafe: false,
      notFoundIsFinalAfterMs: settings.notFoundIsFinalAfterMs,
    },
    stepOf: binanceStep,
    debit: async (order, limit) =>
      toDebitResult(await transfer(deps, { order, limit, customer: 'fromEmail' })),
    credit: async (order, limit) =>
      toCreditResult(await transfer(deps, { order, limit, customer: 'toEmail' })),
    lookUpDebit: (order, span) => lookUp(deps, { order, span, customer: 'fromEmail' }),
    lookUpCredit: (order, span) => lookUp(deps, { order, span, customer: 'toEmail' }),
    async balances({ wallet }, limit) {
      const request = signed(deps, limit, { method: 'GET', path: ASSETS })
      const answer = await deps.client.call('look_up', limit.timeoutMs, () =>
        request({ email: wallet.walletId }),
      )
      const amounts = readAssets(answer, wallet.assets)
      return amounts ? accept(amounts) : refuse('unavailable')
    },
  }
}

type Transfer = {
  readonly order: DebitOrder
  readonly limit: CallLimit
  readonly customer: CustomerSide
}

/** The side that is not named is the master account. */
async function transfer(deps: BinanceDeps, { order, limit, customer }: Transfer): Promise<Verdict> {
  if (order.amount <= 0n || order.amount % binanceStep(order.asset) !== 0n)
    return refusedUnsent('not a multiple of the step')
  const request = signed(deps, limit, { method: 'POST', path: TRANSFER })
  const purpose: Purpose = customer === 'fromEmail' ? 'debit' : 'credit'
  const answer = await deps.client.call(purpose, limit.timeoutMs, () =>
    request({
      [customer]: order.wallet.walletId,
      fromAccountType: deps.settings.accountType,
      toAccountType: deps.settings.accountType,
      asset: order.asset,
      amount: writeCoins(order.asset, order.amount),
      clientTranId: order.reference,
    }),
  )
  return judgeTransfer(answer, order)
}

type LookUp = {
  readonly order: DebitOrder
  readonly span: LookUpSpan
  readonly customer: CustomerSide
}

/** Without the customer's e-mail on the right side, the history holds only what the master account sent. */
async function lookUp(deps: BinanceDeps, { order, span, customer }: LookUp) {
  const startTime = Math.floor(span.sentAfter) - SPAN_MARGIN_MS
  const endTime = Math.min(Math.ceil(span.sentBefore) + SPAN_MARGIN_MS, startTime + LONGEST_SPAN_MS)
  const request = signed(deps, LOOK_UP_LIMIT, { method: 'GET', path: TRANSFER })
  const answer = await deps.client.call('look_up', LOOK_UP_LIMIT.timeoutMs, () =>
    request({
      [customer]: order.wallet.walletId,
      clientTranId: order.reference,
      startTime: String(startTime),
      endTime: String(endTime),
      limit: '500',
    }),
  )
  return judgeHistory(answer, order, customer)
}

/** The exchange must not execute what we no longer wait for, so its window ends with our wait. */
function signed(
  deps: BinanceDeps,
  limit: CallLimit,
  { method, path }: Pick<SignedRequest, 'method' | 'path'>,
): (parameters: Parameters) => SignedRequest {
  return (parameters) => {
    const window = Math.min(deps.receiveWindowMs, Math.floor(limit.timeoutMs))
    const { query, headers } = deps.sign(parameters, window)
    return { method, path: `${path}?${query}`, headers }
  }
}
