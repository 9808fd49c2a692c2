import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { type Exchange, formatCoins, parseCoins, scaleOf } from '../coins.ts'
import type { Agreement, Wallet } from '../entries.ts'
import { PLAIN_TEXT } from '../plain-text.ts'
import type { ControlDeps } from './control-deps.ts'

/** Whole coins by asset as decimal strings, read into units of the exchange's scale. */
function coins(exchange: Exchange) {
  return z.record(z.string(), z.string()).transform((amounts, context) => {
    const units = new Map<string, bigint>()
    for (const [asset, amount] of Object.entries(amounts)) {
      const scale = scaleOf(exchange, asset)
      const parsed = scale === undefined ? undefined : parseCoins(amount, scale)
      if (parsed === undefined) {
        context.addIssue({ code: 'custom', message: `${asset} ${amount} cannot be held here` })
        continue
      }
      units.set(asset, parsed)
    }
    return units
  })
}

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

const binanceWallet = z.strictObject({
  balances: coins('binance'),
  ifAbsent: z.boolean().default(false),
})

/** Adds the wallets' control: setting one replaces it, or with `ifAbsent` keeps the one that is there. */
export function addWalletControl(server: FastifyInstance, { book }: ControlDeps): void {
  const put = async (wallet: Wallet, ifAbsent: boolean) => {
    const present = book.wallet(wallet.exchange, wallet.id)
    if (present !== undefined && ifAbsent) return describe(present)
    await book.putWallet(wallet)
    return describe(wallet)
  }
  server.put<{ Params: { id: string } }>('/control/wallets/bybit/:id', (request) => {
    const { balances, ifAbsent, singleLimit, ...terms } = bybitWallet.parse(request.body)
    const agreement: Agreement = { ...terms, singleLimit: Object.fromEntries(singleLimit ?? []) }
    const id = name.parse(request.params.id)
    return put({ exchange: 'bybit', id, agreement, balances }, ifAbsent)
  })
  server.put<{ Params: { id: string } }>('/control/wallets/binance/:id', (request) => {
    const { balances, ifAbsent } = binanceWallet.parse(request.body)
    const id = name.parse(request.params.id)
    return put({ exchange: 'binance', id, balances }, ifAbsent)
  })
  server.get('/control/wallets', () => ({
    wallets: [...book.wallets()].toSorted(byName).map(describe),
  }))
}

/** The order does not depend on when a wallet was set, so a restart does not change it. */
function byName(one: Wallet, other: Wallet): number {
  const [first, second] = [`${one.exchange} ${one.id}`, `${other.exchange} ${other.id}`]
  return first < second ? -1 : 1
}

function describe({ exchange, id, agreement, balances }: Wallet) {
  return {
    exchange,
    wallet: id,
    ...(agreement === undefined
      ? {}
      : { ...agreement, singleLimit: inCoins(exchange, Object.entries(agreement.singleLimit)) }),
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
