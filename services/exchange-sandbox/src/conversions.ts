import assert from 'node:assert/strict'
import type { Exchange } from './coins.ts'
import {
  type Balance,
  type Conversion,
  type ConversionOrder,
  MASTER,
  type Wallet,
} from './entries.ts'
import { holds, move, track } from './purse.ts'
import type { Store } from './store.ts'

/** What names a conversion. At Binance a spot reference may come again: it then names the latest. */
export type ConversionKey = Pick<ConversionOrder, 'exchange' | 'market' | 'reference'>

/** What the master's wallets turned into something else, oldest first, at whatever the market gave. */
export type Conversions = {
  find(key: ConversionKey): Conversion | undefined
  /** The conversion with this number, from 1. */
  byNumber(number: number): Conversion | undefined
  /** Executes an order. The caller has checked that the master holds what is sold and the fee. */
  post(order: ConversionOrder): Conversion
  list(): readonly Conversion[]
}

/** The conversions that the store kept, and those to come. Wallets are the book's. */
export function createConversions(deps: {
  kept: readonly Conversion[]
  store: Store
  now: (exchange: Exchange) => number
  wallet: (exchange: Exchange, id: string) => Wallet | undefined
}): Conversions {
  const conversions = [...deps.kept]
  const byKey = new Map(conversions.map((conversion) => [keyOf(conversion), conversion]))
  assert(
    conversions.every(({ number }, index) => number === index + 1),
    'no conversion is lost',
  )
  return {
    find: (key) => byKey.get(keyOf(key)),
    byNumber: (number) => conversions[number - 1],
    list: () => conversions,
    post: (order) => {
      const master = deps.wallet(order.exchange, MASTER)
      const executions = execute(order, master)
      const number = conversions.length + 1
      const conversion: Conversion = { ...order, executions, number, at: deps.now(order.exchange) }
      conversions.push(conversion)
      if (order.reference !== '') byKey.set(keyOf(order), conversion)
      const balances = balancesAfter(conversion, master)
      const saving = deps.store.saveChange({ conversion, movements: [], balances })
      if (saving !== undefined) track(conversion, saving)
      return conversion
    },
  }
}

/** Moves the money as often as ordered and as the balance allows; gives how often that was. */
function execute(order: ConversionOrder, master: Wallet | undefined): number {
  const { sold, bought, fee, failure } = order
  if (failure !== undefined) return 0
  for (let times = 0; times < order.executions; times++) {
    if (times > 0 && !holds(master, sold.asset, sold.units)) return times
    move(master, sold.asset, -sold.units)
    move(master, bought.asset, bought.units)
    move(master, fee.asset, -fee.units)
  }
  return order.executions
}

function balancesAfter(
  { exchange, sold, bought, fee }: Conversion,
  master: Wallet | undefined,
): Balance[] {
  return [...new Set([sold.asset, bought.asset, fee.asset])].flatMap((asset) => {
    const units = master?.balances.get(asset)
    return units === undefined ? [] : [{ exchange, wallet: MASTER, asset, units }]
  })
}

function keyOf({ exchange, market, reference }: ConversionKey): string {
  return `${exchange} ${market} ${reference}`
}
