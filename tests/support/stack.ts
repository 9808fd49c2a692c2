import { randomInt, randomUUID } from 'node:crypto'
import { type Client, createClient } from '@tolem/client'
import { type DemoBank, type DemoFile, signingKeyOf } from '@tolem/client/demo-file'
import type { Result } from '@tolem/client/result'
import type { AuthorizationAnswer } from '@tolem/wire/authorization'
import type { CardBody } from '@tolem/wire/card'
import type { AuthorizationRecord } from '@tolem/wire/inquiry'
import type { AuthorizationBody } from '@tolem/wire/request'
import { createSandbox, type ExchangeName, type Sandbox, type SandboxMovement } from './sandbox.ts'

export const BANKS = ['halyk', 'forte', 'freedom', 'rbk', 'altyn'] as const
/** An HTTP answer as it came. */
export type Reply = Awaited<ReturnType<Client['send']>>
export type BankName = (typeof BANKS)[number]

/** Every pilot bank's response budget, and what the measuring side of a busy machine may add to it. */
export const BUDGET_MS = 1_000
export const TOLERANCE_MS = 250

/** A card of one bank with a wallet of its own at the sandbox. */
export type TestCard = {
  readonly bank: BankName
  readonly token: string
  readonly body: CardBody
  readonly exchange: ExchangeName
  readonly rail: TestRail
  readonly wallet: string
  readonly asset: string
  /** What the wallet holds, in whole coins. */
  readonly balance: () => Promise<string>
  /** From now on the wallet holds this much, in whole coins. */
  readonly fill: (coins: string) => Promise<void>
  readonly movements: () => Promise<readonly SandboxMovement[]>
}

/** The rails of the pilot programme, each with its exchange; the first of an exchange is its usual one. */
const EXCHANGE_OF = {
  'bybit-pay': 'bybit',
  'binance-subaccount': 'binance',
  'bybit-subaccount': 'bybit',
  'binance-pay': 'binance',
} as const satisfies Readonly<Record<string, ExchangeName>>

export type TestRail = keyof typeof EXCHANGE_OF
export const TEST_RAILS = Object.keys(EXCHANGE_OF) as readonly TestRail[]

export type CardOptions = {
  readonly bank?: BankName
  readonly exchange?: ExchangeName
  /** The exchange's own, which needs not be named then; without it the exchange's first. */
  readonly rail?: TestRail
  readonly asset?: 'USDT' | 'USDC' | 'BTC' | 'ETH' | 'SOL' | 'TON'
  /** Whole coins. */
  readonly holds?: string
  readonly card?: Partial<CardBody>
  /** Opens the wallet only: the card is the test's own matter. */
  readonly put?: boolean
}

/** A running Tolem as its banks see it, with the exchange's own side beside it. */
export type Stack = {
  readonly demo: DemoFile
  readonly sandbox: Sandbox
  bank(name?: BankName): Client
  demoBank(name: BankName): DemoBank
  openCard(options?: CardOptions): Promise<TestCard>
  close(): Promise<void>
}

/** Merchant of the pilot programme's Bybit Pay rail. */
export const MERCHANT_ID = 'M123456789'

export function openStack(demo: DemoFile): Stack {
  const sandbox = createSandbox(demo.sandboxUrl)
  const clients = new Map<string, Client>()
  const demoBank = (name: BankName): DemoBank => {
    const found = demo.banks.find(({ id }) => id === name)
    if (!found) throw new Error(`demo.json has no bank ${name}`)
    return found
  }
  const bank = (name: BankName = 'halyk'): Client => {
    const client =
      clients.get(name) ??
      createClient({
        url: demo.url,
        key: signingKeyOf(demoBank(name)),
        timeoutMs: 10_000,
        connections: 128,
      })
    clients.set(name, client)
    return client
  }
  return {
    demo,
    sandbox,
    bank,
    demoBank,
    openCard: (options = {}) => openCard({ sandbox, bank }, options),
    close: async () => {
      await Promise.all([...clients.values()].map((client) => client.close()))
    },
  }
}

async function openCard(
  { sandbox, bank }: Pick<Stack, 'sandbox' | 'bank'>,
  options: CardOptions,
): Promise<TestCard> {
  const { bank: name = 'halyk', asset = 'USDT', holds = '1000' } = options
  const rail = options.rail ?? (options.exchange === 'binance' ? 'binance-subaccount' : 'bybit-pay')
  const exchange = EXCHANGE_OF[rail]
  const token = `card-${randomUUID().slice(0, 13)}`
  const { wallet, terms, ...user } = newWallet(rail, token, asset)
  const fill = (coins: string) =>
    sandbox.putWallet(exchange, wallet, { ...terms, balances: { [asset]: coins } })
  await fill(holds)
  const body: CardBody = {
    status: 'active',
    expiresOn: '2031-12',
    walletLink: {
      exchange,
      rail,
      walletId: wallet,
      ...user,
      assets: [asset],
    },
    ...options.card,
  }
  if (options.put !== false) decided(await putCard(bank(name), token, body))
  const balance = async () => {
    const found = (await sandbox.wallets()).find((one) => one.wallet === wallet)
    return found?.balances[asset] ?? 'no such wallet'
  }
  const movements = () => sandbox.movements(wallet)
  return { bank: name, token, body, exchange, rail, wallet, asset, balance, fill, movements }
}

/** Puts a card; a busy machine may be too slow for one answer, and the same card again is the same card. */
export async function putCard(
  client: Client,
  token: string,
  body: CardBody,
): ReturnType<Client['putCard']> {
  let put = await client.putCard(token, body)
  for (let repeats = 0; put.kind === 'problem' && put.status === 503 && repeats < 20; repeats += 1)
    put = await client.putCard(token, body)
  return put
}

/** A wallet that nobody has: its name on a rail, and the terms under which the exchange lets it be debited. */
function newWallet(
  rail: TestRail,
  token: string,
  asset: string,
): { readonly wallet: string; readonly terms: object; readonly userId?: string } {
  // Thirteen could be taken for a card number.
  const digits = String(10 ** 11 + randomInt(9 * 10 ** 11))
  const userId = `U-${token}`
  switch (rail) {
    case 'bybit-pay':
      return { wallet: `AGR-${token}`, userId, terms: { merchantId: MERCHANT_ID, userId } }
    case 'bybit-subaccount':
      return { wallet: digits, terms: { kind: 'subaccount' } }
    case 'binance-pay':
      return {
        wallet: digits,
        terms: { kind: 'contract', currency: asset, singleUpperLimit: '10000' },
      }
    case 'binance-subaccount':
      return { wallet: `${token}@sub.tolem.example`, terms: {} }
  }
}

/** The answer of a call that must have been decided. */
export function decided<Answer>(result: Result<Answer>): Answer {
  if (result.kind === 'decided') return result.answer
  throw new Error(`not decided: ${JSON.stringify(result)}`)
}

/** The answer of an authorization that must have been approved. */
export function approved(result: Result<AuthorizationAnswer>): AuthorizationAnswer {
  const answer = decided(result)
  if (answer.decision === 'approved') return answer
  throw new Error(`not approved: ${JSON.stringify(answer)}`)
}

/** Sends an authorization and gives the exact reply, with how long the bank waited. */
export async function sendAuthorization(
  client: Client,
  body: AuthorizationBody,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply & { readonly waitedMs: number }> {
  const startedAt = performance.now()
  const request = { method: 'POST', path: '/v1/authorizations', headers } as const
  const reply = await client.send({ ...request, body: JSON.stringify(body) })
  return { ...reply, waitedMs: performance.now() - startedAt }
}

/** The decision in a reply; throws when it is a problem. */
export function answerIn({ status, body }: Reply): AuthorizationAnswer {
  if (status !== 200) throw new Error(`no decision: ${status} ${body}`)
  return JSON.parse(body)
}

/**
 * Sends an authorization as a bank does: where the first reply says that no decision could be recorded in time, which a
 * busy machine can cause, it repeats the message until it has one. Gives that decision with the first reply.
 */
export async function decide(
  client: Client,
  body: AuthorizationBody,
  headers: Readonly<Record<string, string>> = {},
): Promise<{
  readonly reply: Reply & { readonly waitedMs: number }
  readonly answer: AuthorizationAnswer
}> {
  const first = await sendAuthorization(client, body, headers)
  let last = first
  for (let repeats = 0; last.status === 503 && repeats < 20; repeats += 1)
    last = await sendAuthorization(client, { ...body, repeat: true }, headers)
  return { reply: first, answer: answerIn(last) }
}

/** The record of an authorization, which must exist. */
export async function recordOf(client: Client, id: string): Promise<AuthorizationRecord> {
  return decided(await client.findAuthorization(id))
}

/** How long the server says that it worked, in milliseconds: what it promises to keep inside the budget. */
export function totalMs({ serverTiming }: Pick<Reply, 'serverTiming'>): number {
  return serverTiming.find(({ name }) => name === 'total')?.durationMs ?? Number.NaN
}
