import type { ExchangeId } from '@tolem/domain/ids'
import type { CreditOrder, DebitOrder, LookUpResult } from '@tolem/domain/movement'
import { accept, refuse } from '@tolem/domain/outcome'
import { ledgerStep, writeCoins } from '../coins.ts'
import type { ExchangeClient } from '../http/client.ts'
import type { Purpose } from '../http/gate.ts'
import type { Answer } from '../http/send.ts'
import { LOOK_UP_LIMIT } from '../look-up-limit.ts'
import type { CallLimit, RailPort } from '../port.ts'
import type { PartnerTransferSettings } from '../settings.ts'
import { timeLeft, windowWithin } from '../time-left.ts'
import { refusedUnsent, toCreditResult, toDebitResult, type Verdict } from '../verdict.ts'
import { judgeRecord, judgeTransfer, type OrderedTransfer, readBalances } from './answers.ts'
import type { PartnerSigner } from './sign.ts'

/** How a partner is called. */
export type PartnerLine = {
  readonly receiveWindowMs: number
  readonly client: ExchangeClient
  readonly sign: PartnerSigner
}

type PartnerDeps = PartnerLine & {
  readonly exchange: ExchangeId
  readonly settings: PartnerTransferSettings
}

const ACCOUNT = /^[A-Za-z0-9._@-]{1,64}$/

/**
 * Moves crypto at an exchange that speaks the partner protocol (services/exchange-sandbox/PARTNER.md). A reference is
 * unique for ever, a repeat gives the first transfer, and a request is not executed after its expiry.
 */
export function createPartnerTransfers(deps: PartnerDeps): RailPort {
  const { settings } = deps
  return {
    exchange: deps.exchange,
    rail: 'partner-transfer',
    capabilities: {
      reference: { kind: 'for_ever' },
      hasValidityWindow: true,
      notFoundIsFinalAfterMs: settings.notFoundIsFinalAfterMs,
    },
    stepOf: ledgerStep,
    debit: async (order, limit) =>
      toDebitResult(await transfer(deps, { order, kind: 'debit', limit })),
    credit: async (order, limit) =>
      toCreditResult(
        await transfer(deps, {
          order,
          kind: 'credit',
          limit,
          debitReference: order.debitReference,
        }),
      ),
    lookUpDebit: (order) => lookUp(deps, { order, kind: 'debit' }),
    lookUpCredit: (order) => lookUp(deps, { order, kind: 'credit' }),
    async balances({ wallet }, limit) {
      if (!ACCOUNT.test(wallet.walletId)) return refuse('unavailable')
      const path = `/v1/accounts/${encodeURIComponent(wallet.walletId)}/balances`
      const told = readBalances(
        await callPartner(deps, { purpose: 'look_up', path, limit }),
        wallet.assets,
      )
      return told ? accept(told) : refuse('unavailable')
    },
  }
}

type Transfer = OrderedTransfer & {
  readonly limit: CallLimit
  readonly debitReference?: CreditOrder['debitReference']
}

async function transfer(deps: PartnerDeps, asked: Transfer): Promise<Verdict> {
  const { order, kind, limit, debitReference } = asked
  const flaw = flawOf(order)
  if (flaw) return refusedUnsent(flaw)
  const body = JSON.stringify({
    reference: order.reference,
    kind,
    account: order.wallet.walletId,
    asset: order.asset,
    amount: writeCoins(order.asset, order.amount),
    ...(debitReference && { debitReference }),
  })
  const answer = await callPartner(deps, { purpose: kind, path: '/v1/transfers', body, limit })
  return judgeTransfer(answer, asked)
}

async function lookUp(deps: PartnerDeps, asked: OrderedTransfer): Promise<LookUpResult> {
  const path = `/v1/transfers/${asked.order.reference}`
  const answer = await callPartner(deps, { purpose: 'look_up', path, limit: LOOK_UP_LIMIT })
  return judgeRecord(answer, asked)
}

/** One signed call. */
export function callPartner(
  { client, sign, receiveWindowMs }: PartnerLine,
  request: {
    readonly purpose: Purpose
    readonly path: string
    readonly limit: CallLimit
    /** Absent: nothing is asked for but to be told. */
    readonly body?: string
  },
): Promise<Answer> {
  const { purpose, path, body, limit } = request
  const method = body === undefined ? 'GET' : 'POST'
  return client.call(purpose, timeLeft(limit), () => {
    // The exchange must not execute what we no longer wait for.
    const windowMs = windowWithin(receiveWindowMs, limit)
    const signed = sign({ method, path, body: body ?? '', windowMs })
    if (body === undefined) return { method, path, headers: signed }
    return { method, path, headers: { ...signed, 'Content-Type': 'application/json' }, body }
  })
}

/** Why an order can never be sent. */
function flawOf(order: DebitOrder): string | undefined {
  if (!ACCOUNT.test(order.wallet.walletId)) return 'the wallet link names no account'
  const isWhole = order.amount > 0n && order.amount % ledgerStep(order.asset) === 0n
  return isWhole ? undefined : 'not a multiple of the step'
}
