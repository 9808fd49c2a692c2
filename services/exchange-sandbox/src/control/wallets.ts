import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { type Exchange, formatCoins, scaleOf } from '../coins.ts'
import { type Agreement, MASTER, type Wallet } from '../entries.ts'
import { ACCOUNT } from '../partner/accounts.ts'
import { PLAIN_TEXT } from '../plain-text.ts'
import { coins } from './coin-amounts.ts'
import type { ControlDeps } from './control-deps.ts'

const name = z.string().min(1).max(128).regex(PLAIN_TEXT, 'is not plain text')

const bybitWallet = z.strictObject({
  merchantId: name,
  userId: name,
  agreementType: z.enum(['NON_CYCLE', 'CYCLE', 'SINGLE']).default('NON_CYCLE'),
  state: z.enum(['signed', 'unsigned', 'suspended', 'expired']).default('signed'),
  singleLimit: coins('bybit').optional(),
  balances: coins('bybit'),
  magic: z.boolean().default(false),
  ifAbsent: z.boolean().default(false),
})

/** A sub-account: `frozen` is the part of its balances that came in lately and cannot be moved yet. */
const bybitSubAccount = z.strictObject({
  kind: z.literal('subaccount'),
  frozen: coins('bybit').optional(),
  balances: coins('bybit'),
  ifAbsent: z.boolean().default(false),
})

const memberId = z.string().regex(/^[1-9]\d{0,14}$/, 'is no member id')

const binanceWallet = z.strictObject({
  balances: coins('binance'),
  ifAbsent: z.boolean().default(false),
})

/** The wallet behind a Binance Pay contract, which is then signed. */
const binanceContract = z.strictObject({
  kind: z.literal('contract'),
  currency: z.enum(['USDT', 'USDC']),
  singleUpperLimit: z.string().regex(/^\d{1,12}(\.\d{1,8})?$/, 'is no amount'),
  merchantContractCode: z
    .string()
    .regex(/^[A-Za-z0-9]{1,32}$/)
    .optional(),
  balances: coins('binance'),
  ifAbsent: z.boolean().default(false),
})

const contractId = z.string().regex(/^[1-9]\d{5,18}$/, 'is no contract id')

const partnerAccount = z.strictObject({
  state: z.enum(['open', 'closed']).default('open'),
  balances: coins('partner'),
  ifAbsent: z.boolean().default(false),
})

const accountName = z.string().regex(ACCOUNT, 'is no account')

/** Adds the wallets' control: setting one replaces it, or with `ifAbsent` keeps the one that is there. */
export function addWalletControl(server: FastifyInstance, deps: ControlDeps): void {
  const { book, accounts } = deps
  const show = (wallet: Wallet) => ({
    ...describe(wallet),
    ...(wallet.exchange === 'partner' ? { state: accounts.stateOf(wallet.id) } : {}),
  })
  const put = async (wallet: Wallet, ifAbsent: boolean) => {
    const present = book.wallet(wallet.exchange, wallet.id)
    if (present !== undefined && ifAbsent) return show(present)
    await book.putWallet(wallet)
    return show(wallet)
  }
  server.put<{ Params: { id: string } }>('/control/wallets/bybit/:id', (request) => {
    if (hasKind(request.body)) {
      const { balances, frozen, ifAbsent } = bybitSubAccount.parse(request.body)
      const id = request.params.id === MASTER ? MASTER : memberId.parse(request.params.id)
      const kept = frozen === undefined ? {} : { frozen: Object.fromEntries(frozen) }
      return put({ exchange: 'bybit', id, balances, ...kept }, ifAbsent)
    }
    const { balances, ifAbsent, singleLimit, ...terms } = bybitWallet.parse(request.body)
    const agreement: Agreement = { ...terms, singleLimit: Object.fromEntries(singleLimit ?? []) }
    const id = name.parse(request.params.id)
    return put({ exchange: 'bybit', id, agreement, balances }, ifAbsent)
  })
  server.put<{ Params: { id: string } }>('/control/wallets/binance/:id', (request) => {
    if (hasKind(request.body)) {
      const { balances, ifAbsent, kind: _, ...terms } = binanceContract.parse(request.body)
      const id = contractId.parse(request.params.id)
      const opening = deps.binancePay.cardholder.open(id, terms)
      return opening.then(() => put({ exchange: 'binance', id, balances }, ifAbsent))
    }
    const { balances, ifAbsent } = binanceWallet.parse(request.body)
    const id = name.parse(request.params.id)
    return put({ exchange: 'binance', id, balances }, ifAbsent)
  })
  server.put<{ Params: { id: string } }>('/control/wallets/partner/:id', (request) => {
    const { balances, state, ifAbsent } = partnerAccount.parse(request.body)
    const id = accountName.parse(request.params.id)
    const isKept = ifAbsent && book.wallet('partner', id) !== undefined
    const stating = accounts.setState(id, isKept ? accounts.stateOf(id) : state)
    return stating.then(() => put({ exchange: 'partner', id, balances }, ifAbsent))
  })
  server.get('/control/wallets', () => ({
    wallets: [...book.wallets()].toSorted(byName).map(show),
  }))
}

function hasKind(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'kind' in body
}

/** The order does not depend on when a wallet was set, so a restart does not change it. */
function byName(one: Wallet, other: Wallet): number {
  const [first, second] = [`${one.exchange} ${one.id}`, `${other.exchange} ${other.id}`]
  return first < second ? -1 : 1
}

function describe({ exchange, id, agreement, frozen, balances }: Wallet) {
  return {
    exchange,
    wallet: id,
    ...(agreement === undefined
      ? {}
      : { ...agreement, singleLimit: inCoins(exchange, Object.entries(agreement.singleLimit)) }),
    ...(frozen === undefined ? {} : { frozen: inCoins(exchange, Object.entries(frozen)) }),
    balances: inCoins(exchange, balances),
  }
}

function inCoins(
  exchange: Exchange,
  units: Iterable<readonly [string, bigint]>,
): Record<string, string> {
  return Object.fromEntries(
    [...units].map(([asset, amount]) => [
      asset,
      formatCoins(amount, scaleOf(exchange, asset) ?? 0),
    ]),
  )
}
