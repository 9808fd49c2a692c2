import type { ClaimedConversion, Holding, OpenPosition } from '@tolem/conversions/order'
import type { ConversionId, ConversionMarket } from '@tolem/domain/conversion'
import type { ExchangeId } from '@tolem/domain/ids'
import type { ConversionPort } from '@tolem/exchanges/conversion-port'
import { LEDGER_ACCOUNTS } from '@tolem/ledger'
import { CRYPTO_ASSETS, type CryptoAsset } from '@tolem/money/asset'
import { delayAfter } from '../backoff.ts'
import { type ConvertDeps, convert } from './convert.ts'
import type { Markets } from './markets.ts'
import { type ConversionWait, planConversion, type WorthOf } from './plan-conversion.ts'

export type DeskDeps = ConvertDeps & {
  readonly port: ConversionPort
  readonly markets: Markets
  readonly worthOf: (asset: CryptoAsset) => WorthOf
  readonly newId: () => ConversionId
  /** Milliseconds that only ever grow. */
  readonly elapsed: () => number
  /** Over which time debits and credits are netted. */
  readonly everyMs: number
}

/** Where one exchange's positions are converted. Neither method is called while one of them is under way. */
export type Desk = {
  readonly everyMs: number
  /** Brings on the orders that are due, whoever intended them. */
  readonly resume: () => Promise<void>
  /** Looks at all positions and intends an order for each that can be converted. */
  readonly net: () => Promise<void>
}

/** Waits that are no fault of anybody: the position is small, or there is none. */
const USUAL: ReadonlySet<string> = new Set(['nothing', 'below_minimum'] satisfies ConversionWait[])

export function createDesk(deps: DeskDeps): Desk {
  const { conversions, port, markets, meters } = deps
  const { exchange } = port
  const holdings = CRYPTO_ASSETS.map((asset) => holdingOf(exchange, asset))
  const stuckSince = new Map<CryptoAsset, number>()

  async function net(): Promise<void> {
    const present = await markets.present()
    const positions = await conversions.positions(holdings)
    await settleAll(positions.map((position) => consider(position, present)))
  }

  async function consider(
    position: OpenPosition,
    present: readonly ConversionMarket[] | undefined,
  ): Promise<void> {
    const planned = plan(position, present)
    show(position, planned.ok ? undefined : planned.reason)
    if (!planned.ok) return
    const intent = { ...planned.value, id: deps.newId(), leaseMs: deps.leaseMs }
    const intended = await conversions.intend(position, intent)
    // Nothing: another instance was quicker.
    if (intended) await bring(intended)
  }

  function plan(position: OpenPosition, present: readonly ConversionMarket[] | undefined) {
    if (position.isBusy) return { ok: false, reason: 'order_open' } as const
    if (!present) return { ok: false, reason: 'markets_unknown' } as const
    const planned = planConversion(position, present, deps.worthOf(position.asset))
    return planned.ok && isResting(position) ? ({ ok: false, reason: 'refused' } as const) : planned
  }

  /** After orders that came to nothing the next one waits, longer each time. */
  function isResting({ refusals, finishedAt, seenAt }: OpenPosition): boolean {
    if (refusals === 0 || finishedAt === undefined) return false
    return seenAt < finishedAt + delayAfter(refusals, deps.backoff, 0)
  }

  function show(position: OpenPosition, reason: string | undefined): void {
    const { asset } = position
    const now = deps.elapsed()
    // The next try at what was refused is no end of it: only an order that does something is.
    const isStuck = reason === undefined ? position.refusals > 0 : !USUAL.has(reason)
    if (!isStuck) stuckSince.delete(asset)
    else if (!stuckSince.has(asset)) stuckSince.set(asset, now)
    const seconds = (now - (stuckSince.get(asset) ?? now)) / 1_000
    const isShown = reason !== undefined && reason !== 'nothing'
    meters.showPosition(position, { seconds, ...(isShown && { reason }) })
  }

  async function bring(conversion: ClaimedConversion): Promise<void> {
    const refusal = await convert(deps, conversion, port)
    // The exchange sees its rules otherwise than we do.
    if (refusal === 'below_minimum' || refusal === 'exchange_refused') markets.doubt()
  }

  return {
    everyMs: deps.everyMs,
    async resume() {
      const due = await conversions.claim([exchange], deps.leaseMs)
      await settleAll(due.map(bring))
    },
    net,
  }
}

/** What fails for one asset keeps no other from its end. */
async function settleAll(work: readonly Promise<void>[]): Promise<void> {
  const settled = await Promise.allSettled(work)
  const failed = settled.find((one) => one.status === 'rejected')
  if (failed) throw failed.reason
}

function holdingOf(exchange: ExchangeId, asset: CryptoAsset): Holding {
  return {
    exchange,
    asset,
    cryptoAccount: LEDGER_ACCOUNTS.programmeSettlement(exchange, asset),
    worthAccount: LEDGER_ACCOUNTS.conversion(exchange, asset),
  }
}
