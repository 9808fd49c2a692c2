import type { ExchangeId } from '@tolem/domain/ids'
import type { DebitOrder, LookUpResult } from '@tolem/domain/movement'
import { accept, refuse } from '@tolem/domain/outcome'
import { writeCoins } from '../coins.ts'
import { CUT_DETAIL, historySpan } from '../history-span.ts'
import type { Purpose } from '../http/gate.ts'
import { startLookUp } from '../look-up-limit.ts'
import type { CallLimit, LookUpSpan, RailPort } from '../port.ts'
import { bareNumber } from '../raw-json.ts'
import type { BybitSubaccountSettings } from '../settings.ts'
import { refusedUnsent, toCreditResult, toDebitResult, type Verdict } from '../verdict.ts'
import { type BybitAccess, bybitGet, bybitPost } from './calls.ts'
import {
  judgeHistory,
  judgeTransfer,
  type OrderedTransfer,
  readBalances,
} from './transfer-answers.ts'
import { transferIdOf } from './transfer-id.ts'
import { bybitTransferStep, type PayStep } from './units.ts'

type BybitSubaccountDeps = BybitAccess & {
  readonly exchange: ExchangeId
  readonly settings: BybitSubaccountSettings
}

const TRANSFER = '/v5/asset/transfer/universal-transfer'
const HISTORY = '/v5/asset/transfer/query-universal-transfer-list'
const BALANCES = '/v5/asset/transfer/query-account-coins-balance'

/** Pages of 50 that one look-up reads at most; a filter that is heeded leaves one row. */
const MOST_PAGES = 4

/**
 * Moves crypto between a customer's sub-account, named by its member id, and the programme's master account (Bybit V5,
 * Universal Transfer). That a repeated transferId answers 131214 follows from the list of codes alone and is recorded
 * nowhere, so a resend is not called safe: a look-up must have said "not found" for good before.
 */
export function createBybitSubaccount(deps: BybitSubaccountDeps): RailPort {
  const { settings } = deps
  const stepOf = bybitTransferStep(settings.decimals)
  return {
    exchange: deps.exchange,
    rail: 'bybit-subaccount',
    capabilities: {
      reference: { kind: 'undocumented' },
      hasValidityWindow: true,
      notFoundIsFinalAfterMs: settings.notFoundIsFinalAfterMs,
    },
    stepOf,
    debit: async (order, limit) =>
      toDebitResult(await transfer(deps, { ...fromCustomer(order, settings), limit, stepOf })),
    credit: async (order, limit) =>
      toCreditResult(await transfer(deps, { ...toCustomer(order, settings), limit, stepOf })),
    lookUpDebit: (order, span) => lookUp(deps, fromCustomer(order, settings), span),
    lookUpCredit: (order, span) => lookUp(deps, toCustomer(order, settings), span),
    async balances({ wallet }, limit) {
      const { accountType } = settings
      const asked = { memberId: wallet.walletId, accountType }
      if (!MEMBER_ID.test(asked.memberId)) return refuse('unavailable')
      const query = { ...asked, coin: wallet.assets.join(',') }
      const amounts = readBalances(
        await bybitGet(deps, { path: BALANCES, query, limit }),
        { ...asked, stepOf },
        wallet.assets,
      )
      return amounts ? accept(amounts) : refuse('unavailable')
    },
  }
}

type Direction = OrderedTransfer & { readonly purpose: Purpose }

const fromCustomer = (order: DebitOrder, settings: BybitSubaccountSettings): Direction => ({
  ...common(order, settings),
  purpose: 'debit',
  fromMemberId: order.wallet.walletId,
  toMemberId: settings.masterMemberId,
})

const toCustomer = (order: DebitOrder, settings: BybitSubaccountSettings): Direction => ({
  ...common(order, settings),
  purpose: 'credit',
  fromMemberId: settings.masterMemberId,
  toMemberId: order.wallet.walletId,
})

const common = (order: DebitOrder, { accountType }: BybitSubaccountSettings) => ({
  order,
  transferId: transferIdOf(order.reference),
  accountType,
})

/** A member id is a number on the wire, and may be longer than a JavaScript number holds. */
const MEMBER_ID = /^[1-9][0-9]{0,18}$/

async function transfer(
  deps: BybitSubaccountDeps,
  asked: Direction & { readonly limit: CallLimit; readonly stepOf: PayStep },
): Promise<Verdict> {
  const flaw = flawOf(asked)
  if (flaw) return refusedUnsent(flaw)
  const { order, limit } = asked
  const body = JSON.stringify({
    transferId: asked.transferId,
    coin: order.asset,
    amount: writeCoins(order.asset, order.amount),
    fromAccountType: asked.accountType,
    toAccountType: asked.accountType,
    fromMemberId: bareNumber(asked.fromMemberId),
    toMemberId: bareNumber(asked.toMemberId),
  })
  const answer = await bybitPost(deps, { purpose: asked.purpose, path: TRANSFER, body, limit })
  return judgeTransfer(answer, asked)
}

/** Why an order can never be sent. */
function flawOf(asked: Direction & { readonly stepOf: PayStep }): string | undefined {
  const { order, fromMemberId, toMemberId, stepOf } = asked
  if (order.amount <= 0n || order.amount % stepOf(order.asset) !== 0n)
    return 'not a multiple of the step'
  if (!MEMBER_ID.test(order.wallet.walletId)) return 'the wallet link names no member'
  return fromMemberId === toMemberId ? 'the wallet is the master account itself' : undefined
}

async function lookUp(
  deps: BybitSubaccountDeps,
  asked: Direction,
  span: LookUpSpan,
): Promise<LookUpResult> {
  const { span: times, isCut } = historySpan(span, 1_000)
  const query = {
    transferId: asked.transferId,
    coin: asked.order.asset,
    ...times,
    limit: '50',
  }
  const timeLeft = startLookUp()
  let cursor = ''
  let isEmpty = true
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const answer = await bybitGet(deps, {
      path: HISTORY,
      query: cursor ? { ...query, cursor: encodeURIComponent(cursor) } : query,
      limit: timeLeft(),
    })
    const page = judgeHistory(answer, asked)
    // The end of a span with rows of others was read under a filter that is not heeded, and proves nothing.
    if (page.kind === 'read' && page.result.kind === 'not_found' && !isEmpty) break
    if (page.kind === 'read' && page.result.kind === 'not_found' && isCut)
      return { kind: 'unknown', detail: CUT_DETAIL }
    if (page.kind === 'read') return page.result
    cursor = page.cursor
    isEmpty &&= page.isEmpty
  }
  const detail = isEmpty ? 'the history did not end' : 'the history is about other transfers'
  return { kind: 'unknown', detail }
}
