import { request } from 'undici'
import { type DemoCard, OPENING_BALANCES } from './demo-cards.ts'

/** One exchange's API key, as both sides must know it. */
type SandboxCredentials = {
  readonly exchange: 'bybit' | 'binance'
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
    const agreement =
      link.rail === 'bybit-pay'
        ? { merchantId: demo.merchantId, userId: link.userId, agreementType: 'NON_CYCLE' }
        : {}
    const wallet = `${link.exchange}/${encodeURIComponent(link.walletId)}`
    await put(`${sandboxUrl}/control/wallets/${wallet}`, {
      ...agreement,
      balances: OPENING_BALANCES,
      ifAbsent: true,
    })
  }
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
