import { aPurchase } from './messages.ts'
import type { Sandbox, SandboxMovement } from './sandbox.ts'
import {
  type CardOptions,
  MERCHANT_ID,
  putCard,
  recordOf,
  type Stack,
  type TestCard,
} from './stack.ts'
import { buyInTime } from './surely.ts'
import { toUnits } from './units.ts'

/** What a wallet holds, in whole coins by asset: the order is the cardholder's. */
export type Coins = Readonly<Record<string, string>>

/** A card whose wallet holds several assets. */
export type Purse = {
  readonly card: TestCard
  /** From now on the wallet holds this. */
  readonly refill: (coins: Coins) => Promise<void>
  /** What it holds now, in 10^-18. */
  readonly holds: () => Promise<Readonly<Record<string, bigint>>>
  readonly movements: () => Promise<readonly SandboxMovement[]>
  /** Lets Tolem know what the wallet holds: by a purchase that all of it is not worth. */
  readonly becomeKnown: () => Promise<void>
}

/** Opens a card at halyk whose wallet pays out of these coins, in their order. */
export async function openPurse(
  stack: Stack,
  coins: Coins,
  { exchange = 'binance', card = {} }: Pick<CardOptions, 'exchange' | 'card'> = {},
): Promise<Purse> {
  const [first = '', ...others] = Object.keys(coins)
  const opened = await stack.openCard({ exchange, card, put: false })
  const { walletLink } = opened.body
  if (!walletLink) throw new Error('a test card has a wallet')
  const link = { ...walletLink, assets: [first, ...others] as typeof walletLink.assets }
  const put = await putCard(stack.bank(), opened.token, { ...opened.body, walletLink: link })
  if (put.kind !== 'decided') throw new Error(`no card: ${JSON.stringify(put)}`)
  const { wallet } = opened
  const { userId } = walletLink
  const agreement = userId === undefined ? {} : { merchantId: MERCHANT_ID, userId }
  const refill = (balances: Coins) =>
    stack.sandbox.putWallet(exchange, wallet, { ...agreement, balances })
  await refill(coins)
  return {
    card: opened,
    refill,
    holds: () => holdingsOf(stack.sandbox, wallet),
    movements: opened.movements,
    async becomeKnown() {
      const aNew = () => aPurchase(opened.token, { amount: '400000.00' })
      const { answer } = await buyInTime(stack.bank(), aNew)
      const { movements } = await recordOf(stack.bank(), answer.authorizationId)
      const isAsked = answer.reason === 'insufficient_funds' && movements.length === 1
      if (!isAsked) throw new Error(`not known: ${JSON.stringify({ answer, movements })}`)
    },
  }
}

/** Coins in 10^-18. */
export function inUnits(coins: Coins): Readonly<Record<string, bigint>> {
  return Object.fromEntries(Object.entries(coins).map(([asset, text]) => [asset, toUnits(text)]))
}

async function holdingsOf(sandbox: Sandbox, wallet: string) {
  const found = (await sandbox.wallets()).find((one) => one.wallet === wallet)
  if (!found) throw new Error(`no wallet ${wallet}`)
  return inUnits(found.balances)
}
