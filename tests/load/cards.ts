import { type Client, createClient } from '@tolem/client'
import { Pool } from 'undici'
import type { Bank, BenchProgramme } from './programme.ts'

/** A card of the benchmark: by number, which also says what it is used for. */
export type BenchCard = { readonly bank: Bank; readonly token: string }

const FUNDING = [
  ['bybit', 'USDT'],
  ['binance', 'USDT'],
  ['bybit', 'BTC'],
  ['binance', 'USDC'],
  ['bybit', 'ETH'],
  ['binance', 'SOL'],
  ['bybit', 'TON'],
  ['binance', 'BTC'],
] as const

/** Whole coins of each asset in each wallet: no run can empty one. */
const BALANCE = '100000000'

/** Limits that are counted and re-checked like any other, and that no run reaches. */
const LIMITS = {
  perTransaction: { value: '400000.00', currency: 'KZT' },
  dailyAmount: { value: '9000000000000.00', currency: 'KZT' },
  monthlyAmount: { value: '90000000000000.00', currency: 'KZT' },
}

const AT_ONCE = 8
const TRIES = 5

/** The cards, the banks and exchanges taking turns. */
export function listCards(programme: BenchProgramme, count: number): readonly BenchCard[] {
  return Array.from({ length: count }, (_, number) => ({
    bank: pick(programme.banks, number),
    token: `bench-card-${number}`,
  }))
}

/** Opens API keys and a wallet for each card at the sandbox, and provisions the cards as their banks would. */
export async function provisionCards(parts: {
  readonly programme: BenchProgramme
  readonly cards: readonly BenchCard[]
  readonly url: string
  readonly sandboxUrl: string
}): Promise<void> {
  const { programme, cards, url, sandboxUrl } = parts
  const sandbox = new Pool(sandboxUrl, { connections: AT_ONCE })
  const clients = new Map(
    programme.banks.map(({ id, key }) => [id, createClient({ url, key, timeoutMs: 10_000 })]),
  )
  try {
    for (const credentials of programme.credentials)
      await put(sandbox, '/control/credentials', credentials)
    await eachAtOnce(cards, async (card, number) => {
      const link = linkOf(card, number)
      await openWallet(sandbox, link, programme.merchantId)
      await putCard(clients.get(card.bank.id), card.token, link)
    })
  } finally {
    await Promise.all([sandbox.close(), ...[...clients.values()].map((client) => client.close())])
  }
}

/** Putting a card again changes nothing, and an authorizer that has just started opens its connections meanwhile. */
async function putCard(client: Client | undefined, token: string, link: Link): Promise<void> {
  for (let left = TRIES; ; left -= 1) {
    const card = {
      status: 'active',
      expiresOn: '2099-12',
      limits: LIMITS,
      walletLink: link,
    } as const
    const result = await client?.putCard(token, card)
    if (result?.kind === 'decided') return
    if (left === 1) throw new Error(`card ${token} was not put: ${JSON.stringify(result)}`)
  }
}

type Link = ReturnType<typeof linkOf>

function linkOf({ token }: BenchCard, number: number) {
  // Banks take turns with the number too: another stride joins every bank with every kind of funding.
  const [exchange, asset] = pick(FUNDING, Math.floor(number / 5) + number)
  const assets: (typeof asset)[] = [asset]
  return exchange === 'bybit'
    ? {
        exchange,
        rail: 'bybit-pay' as const,
        walletId: `AGR-${token}`,
        userId: `U-${token}`,
        assets,
      }
    : { exchange, rail: 'binance-subaccount' as const, walletId: `${token}@sub.example`, assets }
}

async function openWallet(sandbox: Pool, link: Link, merchantId: string): Promise<void> {
  const balances = Object.fromEntries(link.assets.map((asset) => [asset, BALANCE]))
  const agreement =
    link.rail === 'bybit-pay' ? { merchantId, userId: link.userId, agreementType: 'NON_CYCLE' } : {}
  const path = `/control/wallets/${link.exchange}/${encodeURIComponent(link.walletId)}`
  await put(sandbox, path, { ...agreement, balances })
}

async function put(sandbox: Pool, path: string, body: object): Promise<void> {
  const response = await sandbox.request({
    method: 'PUT',
    path,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await response.body.text()
  if (response.statusCode >= 300) throw new Error(`the sandbox refused ${path}: ${text}`)
}

async function eachAtOnce<T>(
  list: readonly T[],
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const entries = list.entries()
  const drain = async () => {
    for (const [index, item] of entries) await work(item, index)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, drain))
}

function pick<T>(list: readonly T[], number: number): T {
  const item = list[number % list.length]
  if (item === undefined) throw new Error('nothing to pick from')
  return item
}
