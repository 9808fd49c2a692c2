import type { Book } from '../../book.ts'
import type { Answer, Endpoint } from '../../call.ts'
import { formatCoinsShort, scaleOf } from '../../coins.ts'
import { type Conversion, MASTER, type Money } from '../../entries.ts'
import { type Fault, isHidden } from '../../faults.ts'
import { whenSaved } from '../../when-saved.ts'
import { v5Answer, v5Refusal } from '../answers.ts'
import { text } from '../gate.ts'
import { effectOf } from '../pay/trade.ts'
import { createSignedGate } from '../v5/signed-gate.ts'
import { CONVERT_PERMISSION, type ConvertDeps, priceOf, quotesOf, writeRate } from './quote.ts'

/**
 * POST /v5/asset/exchange/convert-execute: uses a quote, once. It executes at the present price, which may be up to
 * half a percent away from the quote's (beyond that 32024): what was given stands in the result. A quote that was used
 * is 700009 until it expires, then 700008 like one that never was.
 */
export function convertExecuteEndpoint(deps: ConvertDeps): Endpoint {
  const admit = createSignedGate(deps, {
    perSecond: deps.config.SANDBOX_BYBIT_CONVERT_PER_SECOND,
    permission: CONVERT_PERMISSION,
    writes: true,
  })
  return (request) => {
    const admitted = admit(request)
    if ('status' in admitted) return admitted
    const { fields, headers, failures, uid } = admitted
    const run = (fault: Fault | undefined) =>
      execute(deps, { quoteTxId: text(fields, 'quoteTxId'), uid }, fault)
    return { operation: 'convert', wallet: MASTER, headers, failures, run }
  }
}

/** GET /v5/asset/exchange/convert-result-query: what became of an executed quote; 700004 for any other. */
export function convertResultEndpoint(deps: ConvertDeps): Endpoint {
  const admit = createSignedGate(deps, {
    perSecond: deps.config.SANDBOX_BYBIT_CONVERT_PER_SECOND,
    permission: CONVERT_PERMISSION,
  })
  return (request) => {
    const admitted = admit(request)
    if ('status' in admitted) return admitted
    const { fields, headers, failures } = admitted
    const run = (fault: Fault | undefined) => {
      const found = findConvert(deps.book, text(fields, 'quoteTxId'))
      const isTheirs = found?.echo['accountType'] === text(fields, 'accountType')
      if (found === undefined || !isTheirs || isHidden(found.at, fault, deps.now())) {
        return v5Refusal(700004, 'order does not exist', deps.now())
      }
      return whenSaved(found, describe(found, deps.now(), fault))
    }
    return { operation: 'look_up', wallet: MASTER, headers, failures, run }
  }
}

function execute(
  deps: ConvertDeps,
  asked: { readonly quoteTxId: string; readonly uid: string },
  fault: Fault | undefined,
): Answer | Promise<Answer> {
  const { book, cabinet, now } = deps
  const { quoteTxId, uid } = asked
  const used = v5Refusal(700009, 'quoteTxId already used', now())
  const quote = quotesOf(cabinet).find(quoteTxId)
  if (quote === undefined || now() >= quote.expiresAt) {
    return v5Refusal(700008, 'quoteTxId expired or does not exist', now())
  }
  const earlier = findConvert(book, quoteTxId)
  if (earlier !== undefined) return whenSaved(earlier, used)
  if (fault?.kind === 'duplicate_code' && !fault.executes) return used
  if (isAnotherUnderWay(book, now())) {
    return v5Refusal(700021, 'exist processing exchange order, please try again later', now())
  }
  const { fromCoin, toCoin, accountType } = quote
  const sold = { asset: fromCoin, units: BigInt(quote.fromUnits) }
  const priced = priceOf(deps, { fromCoin, toCoin, fromUnits: sold.units })
  if (priced === undefined || hasMoved(priced.toUnits, BigInt(quote.toUnits))) {
    return v5Refusal(32024, 'exceeds exchange threshold', now())
  }
  const isPoor = fault?.kind === 'insufficient' || !book.covers('bybit', MASTER, sold)
  const conversion = book.conversions.post({
    exchange: 'bybit',
    market: 'convert',
    reference: quoteTxId,
    sold,
    bought: { asset: toCoin, units: priced.toUnits },
    fee: { asset: toCoin, units: 0n },
    ...effectOf(fault, now()),
    ...(isPoor ? { failure: 'BALANCE_NOT_ENOUGH' } : {}),
    interim: 'processing',
    echo: { accountType, userId: uid, convertRate: writeRate(priced.rate).replace(/\.?0+$/, '') },
  })
  if (fault?.kind === 'duplicate_code') return whenSaved(conversion, used)
  const answered = fault?.kind === 'wrong_echo' ? `${quoteTxId}0` : quoteTxId
  const result = { exchangeStatus: 'processing', quoteTxId: answered }
  return whenSaved(conversion, v5Answer(result, now(), 'ok'))
}

/** By more than half a percent, either way. */
function hasMoved(units: bigint, quoted: bigint): boolean {
  const moved = units > quoted ? units - quoted : quoted - units
  return moved * 200n > quoted
}

/** Bybit converts one at a time. Only the last few can still be under way: a faulty one takes an hour at most. */
function isAnotherUnderWay(book: Book, time: number): boolean {
  return book.conversions
    .list()
    .slice(-50)
    .some((each) => each.exchange === 'bybit' && each.market === 'convert' && time < each.settlesAt)
}

function findConvert(book: Book, reference: string): Conversion | undefined {
  return book.conversions.find({ exchange: 'bybit', market: 'convert', reference })
}

function describe(conversion: Conversion, time: number, fault: Fault | undefined): Answer {
  const { sold, bought, echo, settlesAt, failure, interim, reference, at } = conversion
  const done = failure === undefined ? 'success' : 'failure'
  const more = fault?.kind === 'wrong_echo' ? 1n : 0n
  const result = {
    accountType: echo['accountType'],
    exchangeTxId: reference,
    userId: echo['userId'],
    fromCoin: sold.asset,
    fromCoinType: 'crypto',
    fromAmount: inCoins({ ...sold, units: sold.units + more }),
    toCoin: bought.asset,
    toCoinType: 'crypto',
    toAmount: inCoins(bought),
    exchangeStatus: time < settlesAt ? interim : done,
    extInfo: {},
    convertRate: echo['convertRate'],
    createdAt: String(at),
  }
  return v5Answer({ result }, time, 'ok')
}

function inCoins({ asset, units }: Money): string {
  return formatCoinsShort(units, scaleOf('bybit', asset) ?? 0)
}
