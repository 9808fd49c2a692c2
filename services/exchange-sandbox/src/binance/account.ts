import type { Book } from '../book.ts'
import type { Endpoint } from '../call.ts'
import { formatCoins, formatCoinsShort, scaleOf } from '../coins.ts'
import type { SandboxConfig } from '../config.ts'
import { MASTER, type Wallet } from '../entries.ts'
import { binanceAnswer, malformed } from './answers.ts'
import type { Gate } from './gate.ts'

type Deps = { config: SandboxConfig; book: Book; gate: Gate; now: () => number }

/** GET /sapi/v4/sub-account/assets?email=: a customer's balances, as strings. */
export function subAccountAssetsEndpoint({ book, gate }: Deps): Endpoint {
  const cost = { path: 'GET /sapi/v4/sub-account/assets', weight: 60, by: 'uid' } as const
  return (request) => {
    const admitted = gate.signed(request, cost)
    if ('status' in admitted) return admitted
    const email = admitted.params.get('email') ?? ''
    const wallet = book.wallet('binance', email)
    if (wallet === undefined || email === MASTER) return malformed('email')
    return {
      operation: 'balances',
      wallet: email,
      headers: admitted.headers,
      recheck: admitted.recheck,
      run: (fault) =>
        binanceAnswer({ balances: assetsOf(wallet, fault?.kind === 'wrong_echo' ? 1n : 0n) }),
    }
  }
}

/** GET /api/v3/account: the master's own balances. */
export function accountEndpoint({ config, book, gate, now }: Deps): Endpoint {
  const cost = { path: 'GET /api/v3/account', weight: 20, by: 'api_ip' } as const
  return (request) => {
    const admitted = gate.signed(request, cost)
    if ('status' in admitted) return admitted
    const master = book.wallet('binance', MASTER)
    const omitZero = admitted.params.get('omitZeroBalances') === 'true'
    const balances = [...(master?.balances ?? [])]
      .filter(([, units]) => !omitZero || units > 0n)
      .map(([asset, units]) => ({
        asset,
        free: formatCoins(units, scaleOf('binance', asset) ?? 0),
        locked: '0.00000000',
      }))
    return {
      operation: 'balances',
      wallet: MASTER,
      headers: admitted.headers,
      recheck: admitted.recheck,
      run: () =>
        binanceAnswer({
          ...commissionsOf(config),
          ...ACCOUNT,
          updateTime: now(),
          ...ACCOUNT_TYPE,
          balances,
          ...UID,
        }),
    }
  }
}

/** GET /sapi/v1/account/apiRestrictions: what the key may do. Credentials may override each switch. */
export function apiRestrictionsEndpoint({ gate }: Deps): Endpoint {
  const cost = { path: 'GET /sapi/v1/account/apiRestrictions', weight: 1, by: 'sapi_ip' } as const
  return (request) => {
    const admitted = gate.signed(request, cost)
    if ('status' in admitted) return admitted
    const { key, headers, recheck } = admitted
    const run = () => binanceAnswer({ ...RESTRICTIONS, ...key.restrictions })
    return { operation: 'balances', wallet: MASTER, headers, recheck, run }
  }
}

function assetsOf(wallet: Wallet, extra: bigint) {
  return [...wallet.balances].map(([asset, units]) => ({
    freeze: '0',
    withdrawing: '0',
    asset,
    free: formatCoinsShort(units + extra, scaleOf('binance', asset) ?? 0),
    locked: '0',
  }))
}

function commissionsOf({ SANDBOX_BINANCE_COMMISSION_BASIS_POINTS: points }: SandboxConfig) {
  const rate = (points / 10_000).toFixed(8)
  return {
    makerCommission: points,
    takerCommission: points,
    buyerCommission: 0,
    sellerCommission: 0,
    commissionRates: { maker: rate, taker: rate, buyer: '0.00000000', seller: '0.00000000' },
  }
}

const ACCOUNT = {
  canTrade: true,
  canWithdraw: true,
  canDeposit: true,
  brokered: false,
  requireSelfTradePrevention: false,
  preventSor: false,
} as const

const ACCOUNT_TYPE = { accountType: 'SPOT' } as const
const UID = { permissions: ['SPOT'], uid: 354_937_868 } as const

/** A key fit for production: bound to addresses, may transfer, may not withdraw. */
const RESTRICTIONS = {
  ipRestrict: true,
  createTime: 1_698_645_219_000,
  enableInternalTransfer: true,
  enableFutures: false,
  enablePortfolioMarginTrading: false,
  enableVanillaOptions: false,
  permitsUniversalTransfer: true,
  enableReading: true,
  enableSpotAndMarginTrading: true,
  enableWithdrawals: false,
  enableMargin: false,
  enableFixApiTrade: false,
  enableFixReadOnly: true,
} as const
