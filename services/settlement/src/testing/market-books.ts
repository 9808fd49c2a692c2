import type {
  ConversionFill,
  ConversionMarket,
  ConversionMoney,
  ConversionOrder,
} from '@tolem/domain/conversion'
import type { LookUpSpan } from '@tolem/exchanges/port'
import { amountOf } from '@tolem/money/amount'
import type { AssetCode, CryptoAsset } from '@tolem/money/asset'

/** Minor units of money for 10^12 minor units of the asset. */
export type ScriptedPrice = (asset: CryptoAsset, money: ConversionMoney) => bigint

const PRICE_SCALE = 10n ** 12n

/** One order in the exchange's own books. */
export type Entry = {
  readonly ticket: string
  readonly order: ConversionOrder
  readonly fill: ConversionFill
  /** From when on it is done, and from when on every look-up finds it. */
  readonly doneAt: number
  readonly visibleAt: number
}

/** How an order is executed. `worth`: agreed before, else it is the price's of now. */
export type Execution = {
  readonly ticket: string
  readonly at: number
  readonly doneInMs: number
  readonly isPart: boolean
  readonly worth?: bigint | undefined
}

/** What an exchange executed. A thousandth is its fee, of what was got; none where the worth was agreed before. */
export function createMarketBooks(parts: {
  readonly price: ScriptedPrice
  readonly rules: readonly ConversionMarket[]
  readonly notFoundIsFinalAfterMs: number
}) {
  const entries: Entry[] = []

  function worthOf({ asset, money }: ConversionOrder, amount: bigint): bigint {
    return (amount * parts.price(asset, money)) / PRICE_SCALE
  }

  function fillOf(order: ConversionOrder, { isPart, worth: agreed }: Execution): ConversionFill {
    const { asset, money, side } = order
    const step = parts.rules.find((rule) => rule.asset === asset)?.step ?? 1n
    const half = order.amount / 2n
    const amount = isPart && half >= step ? half - (half % step) : order.amount
    const worth = agreed ?? worthOf(order, amount)
    const [feeAsset, of] = side === 'sell' ? [money, worth] : [asset, amount]
    return {
      exchangeReference: `x-${entries.length + 1}`,
      amount: amountOf(asset, amount),
      worth: amountOf(money, worth),
      fees:
        agreed === undefined ? [{ asset: feeAsset, amount: amountOf(feeAsset, of / 1_000n) }] : [],
    }
  }

  return {
    entries,
    worthOf,
    book(order: ConversionOrder, execution: Execution): ConversionFill {
      const { ticket, at, doneInMs } = execution
      const fill = fillOf(order, execution)
      // History is read from a copy that runs behind, yet never further than it says.
      const lag = (parts.notFoundIsFinalAfterMs * (entries.length % 4)) / 4
      entries.push({ ticket, order, fill, doneAt: at + doneInMs, visibleAt: at + lag })
      return fill
    },
    find: (ticket: string, { sentAfter, sentBefore }: LookUpSpan) =>
      entries.find(
        (entry) =>
          entry.ticket === ticket &&
          Date.now() >= entry.visibleAt &&
          sentAfter <= entry.doneAt &&
          entry.doneAt <= sentBefore,
      ),
    change: (asset: AssetCode) => entries.reduce((sum, entry) => sum + changeOf(entry, asset), 0n),
  }
}

function changeOf({ order, fill }: Entry, of: AssetCode): bigint {
  const sign = order.side === 'sell' ? 1n : -1n
  const fees = fill.fees.reduce((sum, fee) => (fee.asset === of ? sum + fee.amount : sum), 0n)
  return (
    (order.money === of ? sign * fill.worth : 0n) -
    (order.asset === of ? sign * fill.amount : 0n) -
    fees
  )
}
