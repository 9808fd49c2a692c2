import type { Answer, Endpoint } from '../../call.ts'
import { formatCoinsShort, scaleOf } from '../../coins.ts'
import { MASTER } from '../../entries.ts'
import { v5Answer, v5Refusal } from '../answers.ts'
import { type Fields, text } from '../gate.ts'
import { createSignedGate } from '../v5/signed-gate.ts'
import { CONVERT_COINS, type ConvertCoin } from './coins.ts'
import { ACCOUNT_TYPES, CONVERT_PERMISSION, type ConvertDeps, priceOf } from './quote.ts'

/**
 * GET /v5/asset/exchange/query-coin-list: side 0 (or none) what can be sold, with balances; side 1 what can be bought,
 * for `coin` where it is named.
 */
export function coinListEndpoint(deps: ConvertDeps): Endpoint {
  const admit = createSignedGate(deps, {
    perSecond: deps.config.SANDBOX_BYBIT_CONVERT_PER_SECOND,
    permission: CONVERT_PERMISSION,
  })
  return (request) => {
    const admitted = admit(request)
    if ('status' in admitted) return admitted
    const { fields, headers, failures } = admitted
    const run = () => list(deps, fields)
    return { operation: 'balances', wallet: MASTER, headers, failures, run }
  }
}

function list(deps: ConvertDeps, fields: Fields): Answer {
  const side = text(fields, 'side') || '0'
  if (!ACCOUNT_TYPES.has(text(fields, 'accountType')) || !['0', '1'].includes(side)) {
    return v5Refusal(700000, 'parameter error', deps.now())
  }
  const sold = side === '1' ? text(fields, 'coin') : ''
  const coins = [...CONVERT_COINS.values()].filter(({ coin }) => coin !== sold)
  return v5Answer({ coins: coins.map((each) => describe(each, deps)) }, deps.now(), 'ok')
}

function describe({ coin, least, most, decimals }: ConvertCoin, deps: ConvertDeps) {
  const units = deps.book.wallet('bybit', MASTER)?.balances.get(coin) ?? 0n
  const asked = { fromCoin: coin, toCoin: 'USDT', fromUnits: units }
  const worth = coin === 'USDT' ? units : (priceOf(deps, asked)?.toUnits ?? 0n)
  return {
    coin,
    fullName: coin,
    icon: '',
    iconNight: '',
    accuracyLength: decimals,
    coinType: 'crypto',
    balance: formatCoinsShort(units, scaleOf('bybit', coin) ?? 0),
    uBalance: formatCoinsShort(worth, scaleOf('bybit', 'USDT') ?? 0),
    timePeriod: 0,
    singleFromMinLimit: least,
    singleFromMaxLimit: most,
    singleToMinLimit: '0',
    singleToMaxLimit: '0',
    dailyFromMinLimit: '0',
    dailyFromMaxLimit: '0',
    dailyToMinLimit: '0',
    dailyToMaxLimit: '0',
    disableFrom: false,
    disableTo: false,
  }
}
