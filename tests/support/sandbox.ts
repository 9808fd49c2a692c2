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
  readonly operation:
    | 'debit'
    | 'credit'
    | 'look_up'
    | 'balances'
    | 'prices'
    | 'convert'
    | 'mandate'
    | 'notice'
  readonly kind: string
  readonly wallet?: string
  readonly times?: number
  readonly delayMs?: number
  readonly probability?: number
  readonly executes?: boolean
}

/** What a cardholder was asked to sign, as Bybit has it. */
export type SandboxAgreement = {
  readonly agreementNo: string
  readonly externalAgreementNo: string
  readonly status: string
}

/** The same at Binance Pay. */
export type SandboxContract = {
  readonly contractId: string
  readonly merchantContractCode: string
  readonly status: string
}

/** Something that an exchange said unasked. */
export type SandboxNotice = {
  readonly id: string
  readonly wallet: string
  readonly url: string
  readonly state: 'waiting' | 'taken' | 'given_up' | 'suppressed'
  readonly attempts: number
  readonly body: unknown
}

/** What came to the exchanges since their start. */
export type SandboxCalls = {
  readonly calls: Readonly<Partial<Record<ExchangeName, number>>>
  readonly endpoints: Readonly<
    Record<
      string,
      { readonly calls: number; readonly throttled: number; readonly busiestSecond: number }
    >
  >
}

/** The exchange's own side of the story, and its faults on demand. */
export type Sandbox = {
  putWallet(exchange: ExchangeName, wallet: string, body: object): Promise<void>
  putCredentials(body: object): Promise<void>
  wallets(): Promise<readonly SandboxWallet[]>
  /** Everything that ever moved, or everything of one wallet, oldest first. */
  movements(wallet?: string): Promise<readonly SandboxMovement[]>
  /** Everything that cardholders were ever asked to sign at Bybit. */
  agreements(): Promise<readonly SandboxAgreement[]>
  /** The notices that were sent, or are still to be, with what became of them. */
  notices(): Promise<readonly SandboxNotice[]>
  /** What the cardholder presses on the page that a link opens. */
  press(link: string, button: 'sign' | 'refuse' | 'unsign'): Promise<void>
  /** What cardholders were ever asked to sign at Binance Pay. */
  contracts(): Promise<readonly SandboxContract[]>
  /** What the cardholder, or time, does with a contract; `sign` and `refuse` by the link alone. */
  decide(link: string, answer: 'sign' | 'refuse'): Promise<void>
  endContract(code: string, way: 'terminate' | 'expire'): Promise<void>
  /** What came to it: in all, by exchange, and by method and path. */
  calls(): Promise<SandboxCalls>
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
    agreements: async () => JSON.parse(await send('GET', `${control}/agreements`)).agreements,
    notices: async () => JSON.parse(await send('GET', `${control}/notices`)).notices,
    press: async (link, button) => {
      const { statusCode, body } = await request(link, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: `answer=${button}`,
      })
      const text = await body.text()
      if (statusCode !== 200) throw new Error(`${link}: ${statusCode} ${text}`)
    },
    contracts: async () => JSON.parse(await send('GET', `${control}/contracts`)).contracts,
    decide: async (link, answer) => {
      const { statusCode } = await request(`${link}/${answer}`, { method: 'POST' })
      if (statusCode !== 303) throw new Error(`${link}: ${statusCode}`)
    },
    endContract: async (code, way) => {
      const { statusCode } = await request(`${control}/contracts/${code}/${way}`, {
        method: 'POST',
      })
      if (statusCode !== 200) throw new Error(`${code}: ${statusCode}`)
    },
    calls: async () => JSON.parse(await send('GET', `${control}/calls`)),
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
