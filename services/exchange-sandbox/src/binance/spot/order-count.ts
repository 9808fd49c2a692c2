import type { SandboxConfig } from '../../config.ts'
import type { Conversion } from '../../entries.ts'
import { binanceError } from '../answers.ts'
import { statusOf } from './order-answer.ts'

const TEN_SECONDS_MS = 10_000
const DAY_MS = 86_400_000

/** Counts an account's orders that have not traded: "orders which are partially or fully filled do not count". */
export type OrderCount = {
  /** Refuses when so many are open already: 429 without Retry-After, as documented. */
  refuse(): ReturnType<typeof binanceError> | undefined
  add(order: Conversion): void
  headers(): Readonly<Record<string, string>>
}

export function createOrderCount(deps: { config: SandboxConfig; now: () => number }): OrderCount {
  const { config, now } = deps
  const limit = config.SANDBOX_BINANCE_ORDERS_PER_TEN_SECONDS
  let orders: Conversion[] = []
  const countSince = (windowMs: number) => {
    const start = now() - (now() % windowMs)
    return orders.filter(({ at }) => at >= start).length
  }
  const forget = () => {
    orders = orders.filter((order) => statusOf(order, now()) === 'NEW' && order.at > now() - DAY_MS)
  }
  return {
    refuse: () => {
      forget()
      if (countSince(TEN_SECONDS_MS) < limit) return undefined
      const what = `Too many new orders; current limit is ${limit} orders per 10 SECOND.`
      return binanceError(429, -1015, what)
    },
    add: (order) => void orders.push(order),
    headers: () => {
      forget()
      return {
        'x-mbx-order-count-10s': String(countSince(TEN_SECONDS_MS)),
        'x-mbx-order-count-1d': String(countSince(DAY_MS)),
      }
    },
  }
}
