import type { Rail, WalletLink } from '@tolem/domain/card'
import type { ExchangeId } from '@tolem/domain/ids'
import type { ExchangeSettings, RailSettings } from '@tolem/exchanges/settings'
import { bybitTransferId } from '../support/bybit-transfer-id.ts'

/** How a rail and a wallet of it are set up at a sandbox. */
export type SandboxRail = {
  readonly rail: Rail
  /** The sandbox's own name of the exchange. */
  readonly exchange: string
  readonly wallet: Omit<WalletLink, 'rail' | 'exchange' | 'assets'>
  /** Where the control interface puts the wallet, and what it puts there. */
  readonly opening: { readonly path: string; readonly body: object }
  settings(host: string): RailSettings
  /** What the exchange knows a movement by, where that is not our reference itself. */
  wireReference?(reference: string): string
}

/** What the wallets hold, in whole coins: a trial beyond it asks for more. */
export const HOLDS_USDT = 1_000

const BALANCES = { USDT: String(HOLDS_USDT) }
/** The sandbox shows what it executed at once: no lag is to be waited for. */
const notFoundIsFinalAfterMs = 1_500

/** The rails of the sandbox. */
export const SANDBOX_RAILS: readonly SandboxRail[] = [
  {
    rail: 'bybit-pay',
    exchange: 'bybit',
    wallet: { walletId: 'AGR-TRIAL', userId: 'U-TRIAL' },
    opening: {
      path: 'wallets/bybit/AGR-TRIAL',
      body: { merchantId: 'M-TRIAL', userId: 'U-TRIAL', balances: BALANCES },
    },
    settings: (host) => ({
      rail: 'bybit-pay',
      host,
      merchantId: 'M-TRIAL',
      chains: { USDT: 'TRC20' },
      notFoundIsFinalAfterMs,
    }),
  },
  {
    rail: 'bybit-subaccount',
    exchange: 'bybit',
    wallet: { walletId: '533285' },
    opening: {
      path: 'wallets/bybit/533285',
      body: { kind: 'subaccount', balances: BALANCES },
    },
    settings: (host) => ({
      rail: 'bybit-subaccount',
      host,
      masterMemberId: '592324',
      accountType: 'FUND',
      notFoundIsFinalAfterMs,
    }),
    wireReference: bybitTransferId,
  },
  {
    rail: 'binance-pay',
    exchange: 'binance',
    wallet: { walletId: '205638372306477056' },
    opening: {
      path: 'wallets/binance/205638372306477056',
      body: {
        kind: 'contract',
        currency: 'USDT',
        singleUpperLimit: '100000',
        balances: BALANCES,
      },
    },
    settings: (host) => ({
      rail: 'binance-pay',
      host,
      serviceName: 'Trial',
      scenarioCode: 'Others',
      notFoundIsFinalAfterMs,
      unpublishedCodes: { orderNotFound: ['400202'], refundNotFound: ['400202'] },
    }),
  },
  {
    rail: 'binance-subaccount',
    exchange: 'binance',
    wallet: { walletId: 'trial@sub.tolem.example' },
    opening: { path: 'wallets/binance/trial@sub.tolem.example', body: { balances: BALANCES } },
    settings: (host) => ({
      rail: 'binance-subaccount',
      host,
      accountType: 'SPOT',
      notFoundIsFinalAfterMs,
    }),
  },
  {
    rail: 'partner-transfer',
    exchange: 'partner',
    wallet: { walletId: 'acc-trial' },
    opening: { path: 'wallets/partner/acc-trial', body: { balances: BALANCES } },
    // What its document promises, though the sandbox is faster.
    settings: (host) => ({ rail: 'partner-transfer', host, notFoundIsFinalAfterMs: 2_000 }),
  },
]

/** An exchange with one rail, its keys being those of the trial. */
export function exchangeOf(
  one: SandboxRail,
  { host, apiKey, secret }: { host: string; apiKey: string; secret: string },
): ExchangeSettings {
  return {
    id: one.exchange as ExchangeId,
    credentials: { apiKey, secret },
    receiveWindowMs: 5_000,
    rails: [one.settings(host)],
    limits: {
      concurrentCalls: 64,
      debitsPerSecond: 1_000,
      lookUpsPerSecond: 1_000,
      weightsPerMinute: { account: 100_000_000, address: 12_000, market: 6_000 },
    },
  }
}
