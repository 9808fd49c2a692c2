import { request } from 'undici'
import { type DemoCard, OPENING_BALANCES } from './demo-cards.ts'

/** One exchange's API key, as both sides must know it. */
type SandboxCredentials = {
  readonly exchange: 'bybit' | 'binance' | 'partner'
  readonly apiKey: string
  readonly secret: string
}

/** What the sandbox must know before a demo card can pay. */
export type SandboxOpening = {
  readonly credentials: readonly SandboxCredentials[]
  readonly cards: readonly DemoCard[]
  readonly merchantId: string
}

/** Opens the demo's API keys and wallets at the sandbox. A wallet that is there already keeps its balances. */
export async function openSandbox(sandboxUrl: string, demo: SandboxOpening): Promise<void> {
  for (const credentials of demo.credentials)
    await put(`${sandboxUrl}/control/credentials`, credentials)
  for (const { card } of demo.cards) {
    const link = card.walletLink
    if (!link) continue
    const wallet = `${link.exchange}/${encodeURIComponent(link.walletId)}`
    await put(`${sandboxUrl}/control/wallets/${wallet}`, {
      balances: OPENING_BALANCES,
      ...termsOf(link, demo.merchantId),
      ifAbsent: true,
    })
  }
}

/** Under which terms the exchange lets a wallet be debited: a mandate, or as a sub-account. */
function termsOf(link: WalletLink, merchantId: string): object {
  if (link.rail === 'bybit-pay')
    return { merchantId, userId: link.userId, agreementType: 'NON_CYCLE' }
  if (link.rail === 'bybit-subaccount') return { kind: 'subaccount' }
  if (link.rail !== 'binance-pay') return {}
  // A contract is in one coin, and holds no other.
  const currency = link.assets.find((asset) => asset === 'USDC') ?? 'USDT'
  const balances = { [currency]: OPENING_BALANCES[currency] }
  return { kind: 'contract', currency, singleUpperLimit: '10000', balances }
}

type WalletLink = NonNullable<DemoCard['card']['walletLink']>

/** The public key by which the sandbox signs Bybit Pay's notices, as PEM. */
export async function readNoticeKey(sandboxUrl: string): Promise<string> {
  const { body } = await request(`${sandboxUrl}/control/keys`)
  const { keys } = (await body.json()) as {
    readonly keys: { readonly 'bybit-pay': { readonly publicKeyPem: string } }
  }
  return keys['bybit-pay'].publicKeyPem
}

/** Tells the sandbox where Binance Pay's notices go: its merchants name no address in a request for a contract. */
export async function tellNoticeUrl(sandboxUrl: string, noticesUrl: string): Promise<void> {
  const url = `${noticesUrl}/notices/binance/binance-pay`
  await put(`${sandboxUrl}/control/binance-pay/notice-url`, { url })
}

async function put(url: string, body: object): Promise<void> {
  const { statusCode, body: answer } = await request(url, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  if (statusCode >= 300) throw new Error(`the sandbox refused ${url}: ${statusCode} ${text}`)
}
