import type { DemoBank } from '@tolem/client/demo-file'

/** A demo card, with the wallet that the sandbox opens for it. */
export type DemoCard = {
  readonly bank: string
  readonly token: string
  readonly description: string
  readonly card: NonNullable<DemoBank['cards'][number]['card']>
}

/** What every demo wallet opens with, in whole coins: some ten million tenge of each asset. */
export const OPENING_BALANCES = {
  USDT: '50000',
  USDC: '50000',
  BTC: '0.5',
  ETH: '12',
  SOL: '250',
  TON: '20000',
} as const

type DemoAsset = keyof typeof OPENING_BALANCES

const EXCHANGES = {
  'bybit-pay': 'bybit',
  'bybit-subaccount': 'bybit',
  'binance-pay': 'binance',
  'binance-subaccount': 'binance',
} as const

type DemoRail = keyof typeof EXCHANGES

type Funding = readonly [DemoRail, DemoAsset]

const BANKS = ['halyk', 'forte', 'freedom', 'rbk', 'altyn'] as const

/** What each bank's first card pays from: together they show both exchanges and every kind of price. */
const FIRST_FUNDING = {
  halyk: ['bybit-pay', 'USDT'],
  forte: ['binance-subaccount', 'USDT'],
  freedom: ['bybit-pay', 'BTC'],
  rbk: ['binance-subaccount', 'SOL'],
  altyn: ['bybit-pay', 'ETH'],
} as const satisfies Record<(typeof BANKS)[number], Funding>

/**
 * Cards behind the first: enough that a load of fifty a second stays under Bybit's ten a second for one mandate, and
 * one for each rail.
 */
const FURTHER_FUNDING = [
  ['bybit-pay', 'USDT'],
  ['binance-subaccount', 'USDC'],
  ['bybit-pay', 'TON'],
  ['binance-subaccount', 'BTC'],
  ['bybit-pay', 'SOL'],
  ['binance-subaccount', 'ETH'],
  ['bybit-pay', 'USDC'],
  ['bybit-subaccount', 'USDT'],
  ['binance-pay', 'USDT'],
] as const satisfies readonly Funding[]

/** The demo's cards: the first of each bank is the one that a purchase takes unless told otherwise. */
export const DEMO_CARDS: readonly DemoCard[] = BANKS.flatMap((bank) =>
  [FIRST_FUNDING[bank], ...FURTHER_FUNDING].map(([rail, asset], index) =>
    demoCard({ bank, rail, asset, number: index + 1 }),
  ),
)

function demoCard(of: {
  readonly bank: (typeof BANKS)[number]
  readonly rail: DemoRail
  readonly asset: DemoAsset
  readonly number: number
}): DemoCard {
  const { bank, rail, asset, number } = of
  const exchange = EXCHANGES[rail]
  const place = `${bank}-${String(number).padStart(2, '0')}`
  return {
    bank,
    token: `card-${place}`,
    description: `pays with ${asset} from ${exchange} over ${rail}`,
    card: {
      status: 'active',
      expiresOn: '2030-12',
      limits: {
        perTransaction: { value: '300000.00', currency: 'KZT' },
        dailyAmount: { value: '50000000.00', currency: 'KZT' },
        monthlyAmount: { value: '900000000.00', currency: 'KZT' },
      },
      walletLink: { exchange, rail, assets: [asset], ...walletOf(of, place) },
    },
  }
}

/** How each rail names a wallet: an agreement, a member id, a contract id, an e-mail address. */
function walletOf(
  { bank, rail, number }: { bank: (typeof BANKS)[number]; rail: DemoRail; number: number },
  place: string,
): { readonly walletId: string; readonly userId?: string } {
  const digits = String((BANKS.indexOf(bank) + 1) * 100 + number)
  switch (rail) {
    case 'bybit-pay':
      return { walletId: `AGR-${place.toUpperCase()}`, userId: `U-${place.toUpperCase()}` }
    case 'bybit-subaccount':
      return { walletId: `533${digits}` }
    case 'binance-pay':
      return { walletId: `205638372306477${digits}` }
    case 'binance-subaccount':
      return { walletId: `${place}@sub.tolem.example` }
  }
}
