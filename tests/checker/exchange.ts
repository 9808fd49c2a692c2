import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'

const ROWS_AT_ONCE = 2_000

/** The exchange's own record of what moved, piece by piece, oldest first. */
export async function* readMovements(sandboxUrl: string): AsyncGenerator<readonly object[]> {
  const { body } = await ask(`${sandboxUrl}/control/movements`, 'application/x-ndjson')
  if (!body) return
  const input = Readable.fromWeb(body as ReadableStream<Uint8Array>)
  let rows: object[] = []
  for await (const text of createInterface({ input })) {
    if (text !== '') rows.push(JSON.parse(text))
    if (rows.length < ROWS_AT_ONCE) continue
    yield rows
    rows = []
  }
  yield rows
}

/** What every customer's wallet holds of each asset. */
export async function readWallets(sandboxUrl: string): Promise<readonly object[]> {
  const response = await ask(`${sandboxUrl}/control/wallets`, 'application/json')
  const answer: {
    readonly wallets: readonly {
      readonly exchange: string
      readonly wallet: string
      readonly balances: Readonly<Record<string, string>>
    }[]
  } = JSON.parse(await response.text())
  return answer.wallets.flatMap(({ exchange, wallet, balances }) =>
    Object.entries(balances).map(([asset, balance]) => ({ exchange, wallet, asset, balance })),
  )
}

async function ask(url: string, accept: string): Promise<Response> {
  const response = await fetch(url, { headers: { accept } })
  if (!response.ok) throw new Error(`${url}: ${response.status}`)
  return response
}
