import type { Answer, Endpoint } from '../call.ts'
import { formatCoinsShort, scaleOf } from '../coins.ts'
import type { Wallet } from '../entries.ts'
import type { Fault } from '../faults.ts'
import { ACCOUNT } from './accounts.ts'
import { partnerAnswer, partnerRefusal } from './answers.ts'
import type { PartnerDeps } from './deps.ts'
import { lastSegment } from './path.ts'

/** GET /v1/accounts/{account}/balances: what the account holds, as much as could be debited now. */
export function balancesEndpoint(deps: PartnerDeps): Endpoint {
  return (request) => {
    const admitted = deps.gate(request, 'read')
    if ('status' in admitted) return admitted
    const name = lastSegment(request, 1)
    if (!ACCOUNT.test(name)) return partnerRefusal('malformed', 'account')
    const account = deps.accounts.find(name)
    if (account === undefined) return partnerRefusal('account_unknown')
    return {
      operation: 'balances',
      wallet: name,
      headers: {},
      recheck: admitted.recheck,
      run: (fault) => list(account, fault),
    }
  }
}

function list({ balances }: Wallet, fault: Fault | undefined): Answer {
  const error = fault?.kind === 'wrong_echo' ? 1n : 0n
  const listed = [...balances].map(([asset, units]) => ({
    asset,
    available: formatCoinsShort(units + error, scaleOf('partner', asset) ?? 0),
  }))
  return partnerAnswer({ balances: listed })
}
