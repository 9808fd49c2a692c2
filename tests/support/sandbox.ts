import { request } from 'undici'

export type ExchangeName = 'bybit' | 'binance'

/** One movement as the exchange itself recorded it. Amounts are decimal strings of whole coins. */
export type SandboxMovement = {
  readonly sequence: number
  readonly exchange: ExchangeName
  readonly wallet: string
  readonly kind: 'debit' | 'credit'
  readonly reference: string
  readonly originalReference?: string
  readonly asset: string
  readonly amount: string
}

export type SandboxWallet = {
  readonly exchange: ExchangeName
  readonly wallet: string
  readonly balances: Readonly<Record<string, string>>
}

/** A fault of the exchange, as the sandbox's control API takes it. */
export type SandboxFault = {
  readonly exchange: ExchangeName
  readonly operation: 'debit' | 'credit' | 'look_up' | 'balances' | 'prices'
  readonly kind: string
  readonly wallet?: string
  readonly times?: number
  readonly delayMs?: number
  readonly probability?: number
  readonly executes?: boolean
}

/** The exchange's own side of the story, and its faults on demand. */
export type Sandbox = {
  putWallet(exchange: ExchangeName, wallet: string, body: object): Promise<void>
  putCredentials(body: object): Promise<void>
  wallets(): Promise<readonly SandboxWallet[]>
  /** Everything that ever moved, or everything of one wallet, oldest first. */
  movements(wallet?: string): Promise<readonly SandboxMovement[]>
  layFault(fault: SandboxFault): Promise<void>
  liftFaults(filter?: Readonly<Record<string, string>>): Promise<void>
  pinPrice(
    exchange: ExchangeName,
    symbol: string,
    book: { readonly bid: string; readonly ask: string },
  ): Promise<void>
  unpinPrice(exchange: ExchangeName, symbol: string): Promise<void>
}

export function createSandbox(url: string): Sandbox {
  const control = `${url}/control`
  return {
    putWallet: async (exchange, wallet, body) => {
      await send('PUT', `${control}/wallets/${exchange}/${encodeURIComponent(wallet)}`, body)
    },
    putCredentials: async (body) => {
      await send('PUT', `${control}/credentials`, body)
    },
    wallets: async () => JSON.parse(await send('GET', `${control}/wallets`)).wallets,
    movements: async (wallet) => {
      const query = wallet === undefined ? '' : `?wallet=${encodeURIComponent(wallet)}`
      const text = await send('GET', `${control}/movements${query}`)
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line): SandboxMovement => JSON.parse(line))
    },
    layFault: async (fault) => {
      await send('PUT', `${control}/faults`, fault)
    },
    liftFaults: async (filter = {}) => {
      await send('DELETE', `${control}/faults?${new URLSearchParams(filter).toString()}`)
    },
    pinPrice: async (exchange, symbol, book) => {
      await send('PUT', `${control}/prices/${exchange}/${symbol}`, book)
    },
    unpinPrice: async (exchange, symbol) => {
      await send('DELETE', `${control}/prices/${exchange}/${symbol}`)
    },
  }
}

async function send(method: 'GET' | 'PUT' | 'DELETE', url: string, body?: object): Promise<string> {
  const { statusCode, body: answer } = await request(url, {
    method,
    headers: {
      accept: 'application/x-ndjson, application/json',
      ...(body && { 'content-type': 'application/json' }),
    },
    body: body ? JSON.stringify(body) : null,
  })
  const text = await answer.text()
  if (statusCode >= 300) throw new Error(`${method} ${url}: ${statusCode} ${text}`)
  return text
}
