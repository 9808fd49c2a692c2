import type { ConversionFee, ConversionMoney, ConversionOrder } from '@tolem/domain/conversion'
import { type Amount, amountOf } from '@tolem/money/amount'
import { type AssetCode, isAssetCode, scaleOf } from '@tolem/money/asset'

/** Digits with at most 18 decimals, which is finer than any asset of Binance's, and as many as an amount can have. */
const DECIMAL = /^(0|[1-9][0-9]{0,19})(?:\.([0-9]{1,18}))?$/

const FINEST = 18

/** One more than what {@link DECIMAL} can say. */
const TOO_MUCH = 10n ** 38n

/** A decimal text in units of 10^-18, less than 10^38 of them, or nothing when it is none. */
export function readFinest(text: string): bigint | undefined {
  const match = DECIMAL.exec(text)
  if (!match) return undefined
  const [, whole = '', fraction = ''] = match
  return BigInt(whole + fraction.padEnd(FINEST, '0'))
}

/**
 * Binance counts tenge to eight decimals and our ledger in tiyn. What is less than a tiyn is rounded against the
 * programme: down where it gets money, up where it pays, so that the books never say more than the exchange holds.
 * `finest` is less than 10^38.
 */
export function inMinorUnits<A extends AssetCode>(
  asset: A,
  finest: bigint,
  rounding: 'down' | 'up',
): Amount<A> {
  const unit = 10n ** BigInt(FINEST - scaleOf(asset))
  const up = rounding === 'up' && finest % unit !== 0n ? 1n : 0n
  return amountOf(asset, finest / unit + up)
}

/** What an order was worth, from Binance's text; nothing when it is none. A negative one means "not available". */
export function readWorth(
  { side, money }: ConversionOrder,
  text: string,
): Amount<ConversionMoney> | undefined {
  const finest = readFinest(text)
  return finest === undefined
    ? undefined
    : inMinorUnits(money, finest, side === 'sell' ? 'down' : 'up')
}

/** What was taken in one trade. */
export type Commission = { readonly commission: string; readonly commissionAsset: string }

/** The fees of all trades of an order, summed by asset; nothing when one of them cannot be read. */
export function sumFees(trades: readonly Commission[]): readonly ConversionFee[] | undefined {
  const sums = new Map<string, bigint>()
  for (const { commission, commissionAsset } of trades) {
    const finest = readFinest(commission)
    if (finest === undefined) return undefined
    const sum = (sums.get(commissionAsset) ?? 0n) + finest
    if (sum >= TOO_MUCH) return undefined
    sums.set(commissionAsset, sum)
  }
  return [...sums]
    .filter(([, finest]) => finest > 0n)
    .map(([asset, finest]) => feeOf(asset, finest))
}

/** Binance takes fees in a coin of its own (BNB) where the account holds any: we count no such asset. */
function feeOf(asset: string, finest: bigint): ConversionFee {
  if (isAssetCode(asset)) return { asset, amount: inMinorUnits(asset, finest, 'up') }
  const digits = finest.toString().padStart(FINEST + 1, '0')
  const text = `${digits.slice(0, -FINEST)}.${digits.slice(-FINEST)}`.replace(/\.?0+$/, '')
  return { asset: 'other', name: asset, text }
}
