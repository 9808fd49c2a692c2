import type { ExchangeId } from '@tolem/domain/ids'
import type { DebitOrder, LookUpResult } from '@tolem/domain/movement'
import { accept, refuse } from '@tolem/domain/outcome'
import { ledgerStep } from '../coins.ts'
import { CUT_DETAIL, historySpan } from '../history-span.ts'
import type { Purpose } from '../http/gate.ts'
import { startLookUp } from '../look-up-limit.ts'
import type { CallLimit, LookUpSpan, RailPort } from '../port.ts'
import type { BinanceSubaccountSettings } from '../settings.ts'
import { refusedUnsent, toCreditResult, toDebitResult, type Verdict } from '../verdict.ts'
import {
  type CustomerSide,
  type HistoryPage,
  judgeHistory,
  judgeTransfer,
  readAssets,
  readHistoryPage,
} from './answers.ts'
import { type BinanceLine, callSigned } from './line.ts'
import { writeCoins } from './units.ts'

type BinanceDeps = BinanceLine & {
  readonly exchange: ExchangeId
  readonly settings: BinanceSubaccountSettings
}

const TRANSFER = '/sapi/v1/sub-account/universalTransfer'
const ASSETS = '/sapi/v4/sub-account/assets'

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
      reference: { kind: 'undocumented' },
      hasValidityWindow: true,
      notFoundIsFinalAfterMs: settings.notFoundIsFinalAfterMs,
    },
    stepOf: ledgerStep,
    debit: async (order, limit) =>
      toDebitResult(await transfer(deps, { order, limit, customer: 'fromEmail' })),
    credit: async (order, limit) =>
      toCreditResult(await transfer(deps, { order, limit, customer: 'toEmail' })),
    lookUpDebit: (order, span) => lookUp(deps, { order, span, customer: 'fromEmail' }),
    lookUpCredit: (order, span) => lookUp(deps, { order, span, customer: 'toEmail' }),
    async balances({ wallet }, limit) {
      const parameters = { email: wallet.walletId }
      const call = { method: 'GET', path: ASSETS, parameters, purpose: 'look_up' } as const
      const amounts = readAssets(await callSigned(deps, call, limit), wallet.assets)
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
  if (order.amount <= 0n || order.amount % ledgerStep(order.asset) !== 0n)
    return refusedUnsent('not a multiple of the step')
  const parameters = {
    [customer]: order.wallet.walletId,
    fromAccountType: deps.settings.accountType,
    toAccountType: deps.settings.accountType,
    asset: order.asset,
    amount: writeCoins(order.asset, order.amount),
    clientTranId: order.reference,
  }
  const purpose: Purpose = customer === 'fromEmail' ? 'debit' : 'credit'
  const call = { method: 'POST', path: TRANSFER, parameters, purpose } as const
  return judgeTransfer(await callSigned(deps, call, limit), order)
}

type LookUp = {
  readonly order: DebitOrder
  readonly span: LookUpSpan
  readonly customer: CustomerSide
}

/** Records on one page, the most that Binance gives (Sub-account API, Query Universal Transfer History). */
const PAGE_SIZE = 500

/** A history that is filtered by our reference has one page; one that is not is not read for ever. */
const MOST_PAGES = 4

/**
 * Without the customer's e-mail on the right side, the history holds only what the master account sent. Reads on until
 * the pages have told all.
 */
async function lookUp(deps: BinanceDeps, { order, span, customer }: LookUp): Promise<LookUpResult> {
  const { span: times, isCut } = historySpan(span, 1)
  const timeLeft = startLookUp()
  const read = async (page: number) => {
    const parameters = {
      [customer]: order.wallet.walletId,
      clientTranId: order.reference,
      ...times,
      page: String(page),
      limit: String(PAGE_SIZE),
    }
    const call = { method: 'GET', path: TRANSFER, parameters, purpose: 'look_up' } as const
    return readHistoryPage(await callSigned(deps, call, timeLeft()))
  }
  const transfers: HistoryPage['transfers'][number][] = []
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const told = await read(page)
    if (told.kind !== 'page') return told
    transfers.push(...told.transfers)
    const isAll = transfers.length >= told.total
    if (isAll) {
      const found = judgeHistory({ transfers, total: told.total }, order, customer)
      return found.kind === 'not_found' && isCut ? { kind: 'unknown', detail: CUT_DETAIL } : found
    }
    if (told.transfers.length === 0) break
  }
  return { kind: 'unknown', detail: 'the history did not end' }
}
