import type { Answer, Endpoint } from '../../call.ts'
import { formatCoinsShort, scaleOf } from '../../coins.ts'
import type { Wallet } from '../../entries.ts'
import type { Fault } from '../../faults.ts'
import { v5Answer, v5Refusal } from '../answers.ts'
import { text } from '../gate.ts'
import { type Admitted, createSignedGate } from '../v5/signed-gate.ts'
import { type Member, memberAt } from './members.ts'
import type { TransferDeps } from './transfer.ts'

/** Coins in one question; for UNIFIED at least one must be named. */
const COINS_MAX = 10

/** GET /v5/asset/transfer/query-account-coins-balance: what a member holds, frozen deposits included. */
export function coinsBalanceEndpoint(deps: TransferDeps): Endpoint {
  const perSecond = deps.config.SANDBOX_BYBIT_COINS_BALANCE_PER_SECOND
  return balanceEndpoint(deps, perSecond, ({ admitted, member, wallet, accountType }) => {
    const coins = text(admitted.fields, 'coin').split(',').filter(Boolean)
    if ((accountType === 'UNIFIED' && coins.length === 0) || coins.length > COINS_MAX) {
      return v5Refusal(131203, 'param error: coin', deps.now())
    }
    return (fault) => {
      const asked = coins.length > 0 ? coins : [...wallet.balances.keys()]
      const balance = asked.filter(isKnown).map((coin) => {
        const held = writeCoins(coin, balanceOf(wallet, coin, fault))
        return { coin, transferBalance: held, walletBalance: held, bonus: '' }
      })
      return v5Answer({ memberId: member.uid, accountType, balance }, deps.now(), 'success')
    }
  })
}

/** GET /v5/asset/transfer/query-account-coin-balance: one coin; what of it can be moved, if asked. */
export function coinBalanceEndpoint(deps: TransferDeps): Endpoint {
  const perSecond = deps.config.SANDBOX_BYBIT_COIN_BALANCE_PER_SECOND
  return balanceEndpoint(deps, perSecond, ({ admitted, member, wallet, accountType }) => {
    const coin = text(admitted.fields, 'coin')
    if (!isKnown(coin)) return v5Refusal(131203, 'param error: coin', deps.now())
    const asksSafe = text(admitted.fields, 'withTransferSafeAmount') === '1'
    const asksBonus = text(admitted.fields, 'withBonus') === '1'
    return (fault) => {
      const units = balanceOf(wallet, coin, fault)
      const safe = units - (wallet.frozen?.[coin] ?? 0n)
      const balance = {
        coin,
        walletBalance: writeCoins(coin, units),
        transferBalance: writeCoins(coin, units),
        bonus: asksBonus ? '0' : '',
        transferSafeAmount: asksSafe ? writeCoins(coin, safe > 0n ? safe : 0n) : '',
        ltvTransferSafeAmount: '',
      }
      const { uid } = member
      const result = { accountType, bizType: 1, accountId: uid, memberId: uid, balance }
      return v5Answer(result, deps.now(), 'success')
    }
  })
}

type Asked = {
  readonly admitted: Admitted
  readonly member: Member
  readonly wallet: Wallet
  readonly accountType: string
}

function balanceEndpoint(
  deps: TransferDeps,
  perSecond: number,
  prepare: (asked: Asked) => Answer | ((fault: Fault | undefined) => Answer),
): Endpoint {
  const admit = createSignedGate(deps, { perSecond })
  return (request) => {
    const admitted = admit(request)
    if ('status' in admitted) return admitted
    const { fields, headers, failures } = admitted
    const member = memberOf(admitted, deps)
    const wallet = member && deps.book.wallet('bybit', member.wallet)
    if (member === undefined || wallet === undefined) {
      return v5Refusal(131207, 'account not exist', deps.now())
    }
    const accountType = text(fields, 'accountType')
    if (accountType !== 'UNIFIED' && accountType !== 'FUND') {
      return v5Refusal(131203, 'param error: accountType', deps.now())
    }
    const run = prepare({ admitted, member, wallet, accountType })
    if ('status' in run) return run
    return { operation: 'balances', wallet: member.wallet, headers, failures, run }
  }
}

/** A member asks of itself; the master of anybody. */
function memberOf({ fields, uid, isMaster }: Admitted, deps: TransferDeps): Member | undefined {
  const asked = text(fields, 'memberId') || uid
  return isMaster || asked === uid ? memberAt(deps, asked) : undefined
}

function balanceOf(wallet: Wallet, coin: string, fault: Fault | undefined): bigint {
  return (wallet.balances.get(coin) ?? 0n) + (fault?.kind === 'wrong_echo' ? 1n : 0n)
}

function isKnown(coin: string): boolean {
  return scaleOf('bybit', coin) !== undefined
}

function writeCoins(coin: string, units: bigint): string {
  return formatCoinsShort(units, scaleOf('bybit', coin) ?? 0)
}
