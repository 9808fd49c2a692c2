import type { WalletLink } from '@tolem/domain/card'
import type { MovementReference } from '@tolem/domain/ids'
import type { DebitOrder } from '@tolem/domain/movement'
import type { RailPort } from '@tolem/exchanges/port'
import { type Amount, amountOf } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import { LRUCache } from 'lru-cache'
import type { Held } from './fund.ts'

/** The most wallets that are remembered: about 300 bytes each. */
const WALLETS_REMEMBERED = 50_000

/** Looks that are under way at once, beside the path: one more is not made, and its wallet stays unknown. */
const LOOKS_AT_ONCE = 4

/** A look is not waited for by anybody. */
const LOOK_TIMEOUT_MS = 2_000

/**
 * What wallets of several assets were last known to hold. It only steers which asset is asked for how much: the
 * exchange decides. Kept by each process by itself, and forgotten when too old.
 */
export type KnownBalances = {
  /** What the wallet holds as far as we know; nothing where we do not. */
  heldIn(wallet: WalletLink): Held | undefined
  /** A rail told what the wallet holds. */
  told(wallet: WalletLink, held: Held): void
  /** A debit is being asked for: what it takes is not there for the next one. */
  lower(order: DebitOrder): void
  /** A debit surely did not happen, for another reason than the wallet's. */
  raise(order: DebitOrder): void
  /** What was known proved wrong. */
  forget(wallet: WalletLink): void
  /** Asks the exchange beside the path, unless what is known is young enough. Rejects as little as a rail does. */
  refresh(wallet: WalletLink): Promise<void>
}

type Known = {
  readonly held: Map<CryptoAsset, Amount<CryptoAsset>>
  readonly at: number
  /** What was taken off `held` for each debit, which is less than it asked for where less was known to be there. */
  readonly taken: Map<MovementReference, bigint>
}

/** Remembers balances for `maximumAgeMs` of a monotonic clock. */
export function createKnownBalances(deps: {
  readonly railFor: (wallet: WalletLink) => RailPort | undefined
  readonly maximumAgeMs: number
  readonly monotonicNow: () => number
}): KnownBalances {
  const { maximumAgeMs, monotonicNow } = deps
  const knownByWallet = new LRUCache<string, Known>({ max: WALLETS_REMEMBERED })
  /** By wallet: what was asked for since the look at it began, which its answer may not have seen. */
  const looking = new Map<string, Map<MovementReference, DebitOrder>>()

  const find = (wallet: WalletLink, youngerThanMs: number): Known | undefined => {
    const known = knownByWallet.get(keyOf(wallet))
    return known && monotonicNow() - known.at < youngerThanMs ? known : undefined
  }

  async function look(wallet: WalletLink, rail: RailPort): Promise<void> {
    const key = keyOf(wallet)
    const meanwhile = new Map<MovementReference, DebitOrder>()
    looking.set(key, meanwhile)
    const at = monotonicNow()
    const told = await rail
      .balances({ wallet }, { timeoutMs: LOOK_TIMEOUT_MS })
      .finally(() => looking.delete(key))
    if (!told.ok) return
    const held = new Map(told.value.map(({ asset, amount }) => [asset, amount]))
    const known = { held, at, taken: new Map() }
    for (const order of meanwhile.values()) take(known, order)
    knownByWallet.set(key, known)
  }

  return {
    heldIn: (wallet) => find(wallet, maximumAgeMs)?.held,
    told: (wallet, held) =>
      void knownByWallet.set(keyOf(wallet), {
        held: new Map(held),
        at: monotonicNow(),
        taken: new Map(),
      }),
    lower(order) {
      looking.get(keyOf(order.wallet))?.set(order.reference, order)
      const known = find(order.wallet, maximumAgeMs)
      if (known) take(known, order)
    },
    raise({ wallet, asset, reference }) {
      looking.get(keyOf(wallet))?.delete(reference)
      const known = find(wallet, maximumAgeMs)
      const taken = known?.taken.get(reference)
      // Told anew since: what the rail said has it already.
      if (!known || taken === undefined) return
      known.taken.delete(reference)
      known.held.set(asset, amountOf(asset, (known.held.get(asset) ?? 0n) + taken))
    },
    forget: (wallet) => void knownByWallet.delete(keyOf(wallet)),
    async refresh(wallet) {
      const rail = deps.railFor(wallet)
      const isUnderWay = looking.has(keyOf(wallet)) || looking.size >= LOOKS_AT_ONCE
      if (!rail || isUnderWay || find(wallet, maximumAgeMs / 2)) return
      await look(wallet, rail)
    },
  }
}

function take({ held, taken }: Known, { reference, asset, amount }: DebitOrder): void {
  const there = held.get(asset) ?? 0n
  const lost = amount < there ? amount : there
  taken.set(reference, lost)
  held.set(asset, amountOf(asset, there - lost))
}

/**
 * Rails tell of a wallet's assets alone, and one that is not told is taken to hold nothing: cards of one wallet that
 * name other assets share no look.
 */
function keyOf({ exchange, rail, walletId, userId = '', assets }: WalletLink): string {
  return JSON.stringify([exchange, rail, walletId, userId, ...assets.toSorted()])
}
