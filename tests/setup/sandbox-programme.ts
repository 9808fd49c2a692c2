import { readFile } from 'node:fs/promises'
import { PILOT_PROGRAMME_FILE } from '@tolem/programme'

/** A programme's file, as far as tests write other ones. */
export type ProgrammeFile = {
  readonly banks: readonly BankEntry[]
  readonly exchanges: readonly ExchangeEntry[]
  readonly assets: readonly { readonly asset: string }[]
  readonly ratePolicy: object
}

/** One bank of it; a secret is a reference such as `env:NAME`. */
export type BankEntry = {
  readonly id: string
  readonly name: string
  readonly keys: readonly [
    {
      readonly keyId: string
      readonly algorithm: 'hmac-sha256' | 'ed25519'
      readonly secret: string
    },
  ]
}

/** One exchange of it. */
export type ExchangeEntry = {
  readonly id: string
  readonly rails: readonly { readonly rail: string; readonly limits?: object }[]
  readonly limits: object
  readonly conversion?: object
  readonly feed: { readonly webSocket: string; readonly pairs: readonly string[] }
}

/** How the sandbox says that it knows no such order of Binance Pay, which publishes no code for that. */
const SANDBOX_CODES = { orderNotFound: ['400202'], refundNotFound: ['400202'] }

/** The pilot's programme with a sandbox for its exchanges. No test asks the National Bank itself. */
export async function pilotAtSandbox(sandboxUrl: string): Promise<ProgrammeFile> {
  const pilot: ProgrammeFile = JSON.parse(await readFile(PILOT_PROGRAMME_FILE, 'utf8'))
  const webSocketOf = (written: string) =>
    sandboxUrl.replace(/^http/, 'ws') + new URL(written).pathname.replace(/\/$/, '')
  return {
    ...pilot,
    ratePolicy: { ...pilot.ratePolicy, officialRate: undefined },
    exchanges: pilot.exchanges.map((exchange) => ({
      ...exchange,
      rails: exchange.rails.map((rail) => ({
        ...rail,
        host: sandboxUrl,
        ...(rail.rail === 'binance-pay' && { unpublishedCodes: SANDBOX_CODES }),
      })),
      ...(exchange.conversion && { conversion: { ...exchange.conversion, host: sandboxUrl } }),
      feed: { ...exchange.feed, rest: sandboxUrl, webSocket: webSocketOf(exchange.feed.webSocket) },
    })),
  }
}
