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

const BANKS = ['halyk', 'forte', 'freedom', 'rbk', 'altyn'] as const

/** What each bank's first card pays from: together they show both exchanges and every kind of price. */
const FIRST_FUNDING = {
  halyk: ['bybit', 'USDT'],
  forte: ['binance', 'USDT'],
  freedom: ['bybit', 'BTC'],
  rbk: ['binance', 'SOL'],
  altyn: ['bybit', 'ETH'],
} as const satisfies Record<(typeof BANKS)[number], readonly ['bybit' | 'binance', DemoAsset]>

/** Cards behind the first: enough that a load of fifty a second stays under Bybit's ten a second for one mandate. */
const FURTHER_FUNDING = [
  ['bybit', 'USDT'],
  ['binance', 'USDC'],
  ['bybit', 'TON'],
  ['binance', 'BTC'],
  ['bybit', 'SOL'],
  ['binance', 'ETH'],
  ['bybit', 'USDC'],
] as const satisfies readonly (readonly ['bybit' | 'binance', DemoAsset])[]

/** The demo's cards: the first of each bank is the one that a purchase takes unless told otherwise. */
export const DEMO_CARDS: readonly DemoCard[] = BANKS.flatMap((bank) =>
  [FIRST_FUNDING[bank], ...FURTHER_FUNDING].map(([exchange, asset], index) =>
    demoCard({ bank, exchange, asset, number: index + 1 }),
  ),
)

function demoCard(of: {
  readonly bank: string
  readonly exchange: 'bybit' | 'binance'
  readonly asset: DemoAsset
  readonly number: number
}): DemoCard {
  const { bank, exchange, asset, number } = of
  const place = `${bank}-${String(number).padStart(2, '0')}`
  return {
    bank,
    token: `card-${place}`,
    description: `pays with ${asset} from ${exchange}`,
    card: {
      status: 'active',
      expiresOn: '2030-12',
      limits: {
        perTransaction: { value: '300000.00', currency: 'KZT' },
        dailyAmount: { value: '50000000.00', currency: 'KZT' },
        monthlyAmount: { value: '900000000.00', currency: 'KZT' },
      },
      walletLink:
        exchange === 'bybit'
          ? {
              exchange,
              rail: 'bybit-pay',
              walletId: `AGR-${place.toUpperCase()}`,
              userId: `U-${place.toUpperCase()}`,
              assets: [asset],
            }
          : {
              exchange,
              rail: 'binance-subaccount',
              walletId: `${place}@sub.tolem.example`,
              assets: [asset],
            },
    },
  }
}
