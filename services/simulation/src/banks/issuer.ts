import { createCards } from '@tolem/cards'
import type { CardStatus, WalletLink } from '@tolem/domain/card'
import type { CardToken, ExchangeId } from '@tolem/domain/ids'
import type { Programme } from '@tolem/programme/schema'
import type { Scheduler } from '../machine/scheduler.ts'
import type { Exchanges } from '../world/exchange.ts'
import type { House } from '../world/house.ts'
import type { BankCard } from './messages.ts'

/** The banks' departments that issue cards, and whoever fills wallets. */
export type Issuer = {
  readonly cards: readonly BankCard[]
  /** Puts a card of each bank on each wallet, before anything goes wrong; one wallet in four is poor. */
  readonly issue: () => Promise<void>
  /** Changes cards now and then, or blocks and unblocks them, as long as it may. */
  readonly change: (mayChange: () => boolean) => void
  /** Makes all cards good and all wallets full. */
  readonly heal: () => void
}

const ASSETS = ['USDT', 'BTC'] as const
const RICH = 10n ** 15n
const POOR = 10n ** 10n

const [BYBIT, BINANCE] = ['bybit' as ExchangeId, 'binance' as ExchangeId]

const WALLETS: readonly WalletLink[] = [
  { exchange: BYBIT, rail: 'bybit-pay', walletId: 'agreement-1', assets: ['USDT'] },
  { exchange: BYBIT, rail: 'bybit-subaccount', walletId: '700001', assets: ['USDT', 'BTC'] },
  { exchange: BINANCE, rail: 'binance-subaccount', walletId: 'a@x.example', assets: ['USDT'] },
  { exchange: BINANCE, rail: 'binance-pay', walletId: 'contract-1', assets: ['BTC', 'USDT'] },
]

const ISSUE_MAX_MS = 60_000
const LATEST_CHANGE_MS = 6_000
const CHANGE_MS = { least: 500, most: 4_000 }

export function createIssuer({
  house,
  scheduler,
  exchanges,
  banks,
}: {
  readonly house: House
  readonly scheduler: Scheduler
  readonly exchanges: Exchanges
  readonly banks: Programme['banks']
}): Issuer {
  const issued = banks.flatMap(({ id, keys: [key] }) =>
    WALLETS.map((wallet, n) => ({
      bank: id,
      keyId: key?.keyId ?? '',
      token: `ct_${id}_${n}` as CardToken,
      walletLink: { ...wallet, userId: 'u1' },
    })),
  )
  const { random } = house.machineOf('issuer')

  /** Each time a program of its own, that may die over it. */
  function put(cards: readonly (typeof issued)[number][], status: CardStatus): () => number {
    const machine = house.machineOf('issuer')
    let done = 0
    machine.enter(() => {
      const postgres = house.postgresOf(machine)
      const { put: change } = createCards({ postgres, remembered: 1, now: () => Date.now() })
      for (const { bank, token, walletLink } of cards)
        change({ ...GOOD, bank, token, walletLink, status })
          .then(() => (done += 1))
          // What the database refused stays as it was.
          .catch(() => undefined)
    })
    return () => done
  }

  return {
    cards: issued,
    async issue() {
      for (const [n, { walletId }] of WALLETS.entries())
        exchanges.fill(walletId, ASSETS, n % 4 === 3 ? POOR : RICH)
      const done = put(issued, 'active')
      const isDone = await scheduler.runUntil(() => done() === issued.length, ISSUE_MAX_MS)
      if (!isDone) throw new Error('the cards could not be issued')
    },
    change(mayChange) {
      const turn = (): void => {
        if (!mayChange()) return
        put([random.pick(issued)], random.chance(0.3) ? 'frozen' : 'active')
        scheduler.after(random.between(CHANGE_MS.least, CHANGE_MS.most), turn)
      }
      scheduler.after(random.between(CHANGE_MS.least, CHANGE_MS.most), turn)
    },
    heal() {
      scheduler.note('healed')
      for (const { walletId } of WALLETS) exchanges.fill(walletId, ASSETS, RICH)
      put(issued, 'active')
      // Once more when no slow change of before can come any more.
      scheduler.after(LATEST_CHANGE_MS, () => void put(issued, 'active'))
    },
  }
}

const GOOD = { expiresOn: '2030-01', limits: {}, controls: {} } as const
