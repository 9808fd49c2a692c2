import { isCash, networkKeyText } from '@tolem/domain/authorization'
import { uuidOf } from '@tolem/domain/ids'
import type { Quote } from '@tolem/domain/quote'
import { toJson, transpose } from '../parameters.ts'
import type { NewAuthorization, Plan, PlannedDebit } from './accept.ts'

/** The columns of ACCEPT, one array a parameter, in its order: forty of items, then eight of their further debits. */
export function acceptValues(items: readonly NewAuthorization[]): unknown[][] {
  const further = items.flatMap(({ id, plan }) =>
    plan.kind === 'intend' ? plan.debits.slice(1).map((debit) => toFurtherRow(id, debit)) : [],
  )
  return [...transpose(items.map(toRow), 40), ...transpose(further, 8)]
}

function toRow(item: NewAuthorization): unknown[] {
  const { request, plan } = item
  const billing = plan.kind === 'intend' ? plan.billing : request.billing
  return [
    uuidOf(item.id),
    request.bank,
    request.cardToken,
    request.networkKey.localDateTime.slice(0, 10),
    networkKeyText(request.networkKey),
    request.fingerprint,
    request.type,
    billing ?? null,
    new Date(item.receivedAt).toISOString(),
    item.requestBody,
    plan.kind === 'decline' ? plan.reason : null,
    plan.kind === 'intend' ? null : plan.body,
    ...checkColumns(plan),
    ...debitColumns(plan),
    plan.kind === 'intend' && request.kind === 'authorization' ? 1 : 0,
    plan.kind !== 'decline' && plan.asks ? JSON.stringify(plan.asks) : null,
    request.kind,
    item.parent ? uuidOf(item.parent) : null,
    request.terminalType,
    cashOf(item),
    request.isFinal,
    ...intentColumns(item),
    plan.kind === 'verify' ? plan.approvalCode : null,
    plan.kind === 'intend' && plan.mayDropCash === true,
    plan.kind === 'intend' ? plan.debits[0].quote.billing : null,
  ]
}

/** What the card is checked against: nothing for what is declined already. */
function checkColumns(plan: Plan): unknown[] {
  if (plan.kind === 'decline') return [null, null, null, null, null]
  const { card, day } = plan
  // Nothing is spent by a verification, so no limit can speak against it.
  const { dailyAmount, dailyCount, monthlyAmount } = plan.kind === 'intend' ? card.limits : {}
  return [card.version, day, dailyAmount ?? null, dailyCount ?? null, monthlyAmount ?? null]
}

const NO_DEBIT: readonly null[] = Array.from({ length: 9 }, () => null)

/** The first debit, whose quote stands in the authorization's own row. */
function debitColumns(plan: Plan): readonly unknown[] {
  if (plan.kind !== 'intend') return NO_DEBIT
  const [{ order, quote }] = plan.debits
  return [
    toJson(quote),
    order.reference,
    order.wallet.exchange,
    order.wallet.rail,
    JSON.stringify(order.wallet),
    order.asset,
    order.amount,
    plan.validForMs,
    plan.decidedWithinMs,
  ]
}

/** Until when it is held, what was asked for where that is more, and what its first debit pays for besides. */
function intentColumns({ request, plan }: NewAuthorization): unknown[] {
  if (plan.kind !== 'intend') return [null, null, null, null]
  const { billing, debits, holdUntil } = plan
  const [{ quote }] = debits
  return [
    holdUntil === undefined ? null : new Date(holdUntil).toISOString(),
    request.billing === billing ? null : (request.billing ?? null),
    quote.fee,
    quote.spread,
  ]
}

function toFurtherRow(id: NewAuthorization['id'], { order, quote }: PlannedDebit): unknown[] {
  return [
    uuidOf(id),
    order.reference,
    order.asset,
    order.amount,
    ...priceColumns(quote),
    toJson(quote),
  ]
}

/** What a debit pays for, in tiyn. */
export function priceColumns({ billing, fee, spread }: Quote): readonly unknown[] {
  return [billing, fee, spread]
}

/** The part of what is asked for that is handed out as cash. */
function cashOf({ request, plan }: NewAuthorization): bigint {
  if (isCash(request.type)) return request.billing ?? 0n
  const isDropped = plan.kind === 'intend' && plan.outcome === 'approved_without_cashback'
  return isDropped ? 0n : (request.cashback ?? 0n)
}
