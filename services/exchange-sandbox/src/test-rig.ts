import { createHmac } from 'node:crypto'
import { createLogger } from '@tolem/telemetry/logger'
import { type Clock, systemClock } from './clock.ts'
import { composeExchangeSandbox } from './compose.ts'
import type { SandboxConfig } from './config.ts'

/** What a test reads of an answer. `body` is the parsed JSON, empty when `text` is none. */
export type Read = {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
  readonly text: string
}

/** JSON of any shape, to look into. */
type Body = { readonly [field: string]: Body }

/** A running sandbox with one key at each exchange, and callers that sign as the exchanges' documents say. */
export type Rig = {
  readonly url: string
  readonly adminUrl: string
  readonly clock: Clock
  binance(method: string, path: string, params?: Record<string, string>): Promise<Read>
  bybit(method: string, path: string, fields?: Record<string, unknown>): Promise<Read>
  partner(method: string, path: string, fields?: Record<string, unknown>): Promise<Read>
  control(method: string, path: string, body?: unknown): Promise<Read>
  call(method: string, path: string, init?: RequestInit): Promise<Read>
  [Symbol.asyncDispose](): Promise<void>
}

export const BINANCE_KEY = 'binance-key'
export const BYBIT_KEY = 'bybit-key'
export const PARTNER_KEY = 'partner-key'
export const SECRET = 'a secret'

const CALL_TIMEOUT_MS = 10_000

/** Starts a sandbox on free ports; `await using` stops it. Prices stand still unless the test says otherwise. */
export async function startSandbox(
  config: Partial<SandboxConfig> = {},
  clock: Clock = systemClock,
): Promise<Rig> {
  const logger = createLogger({ service: 'exchange-sandbox', level: 'silent' })
  const ports = { SANDBOX_PORT: 0, SANDBOX_ADMIN_PORT: 0, SANDBOX_PRICE_INTERVAL_MS: 3_600_000 }
  const sandbox = composeExchangeSandbox({ ...ports, ...config }, { logger, clock })
  const { url, adminUrl } = await sandbox.start()
  const rig = createRig({ url, adminUrl, clock, [Symbol.asyncDispose]: () => sandbox.close() })
  for (const [exchange, apiKey] of [
    ['binance', BINANCE_KEY],
    ['bybit', BYBIT_KEY],
    ['partner', PARTNER_KEY],
  ]) {
    await rig.control('PUT', '/control/credentials', { exchange, apiKey, secret: SECRET })
  }
  return rig
}

function createRig(
  parts: Pick<Rig, 'url' | 'adminUrl' | 'clock' | typeof Symbol.asyncDispose>,
): Rig {
  const call = (method: string, path: string, init: RequestInit = {}) =>
    send(`${parts.url}${path}`, { ...init, method })
  return {
    ...parts,
    call,
    control: (method, path, body) =>
      call(method, path, {
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        headers: body === undefined ? {} : { 'content-type': 'application/json' },
      }),
    binance: (method, path, params = {}) => {
      const timestamp = String(parts.clock.now())
      const query = new URLSearchParams({ timestamp, ...params }).toString()
      const signature = createHmac('sha256', SECRET).update(query).digest('hex')
      const headers = { 'x-mbx-apikey': BINANCE_KEY }
      return call(method, `${path}?${query}&signature=${signature}`, { headers })
    },
    bybit: (method, path, fields = {}) => {
      const isGet = method === 'GET'
      const sent = isGet
        ? new URLSearchParams(fields as Record<string, string>).toString()
        : JSON.stringify(fields)
      const headers = signBybit(sent, parts.clock.now())
      return isGet
        ? call(method, `${path}?${sent}`, { headers })
        : call(method, path, { body: sent, headers })
    },
    partner: (method, path, fields) => {
      const body = fields === undefined ? '' : JSON.stringify(fields)
      const headers = signPartner({ method, path, body }, parts.clock.now())
      return call(method, path, { headers, ...(body === '' ? {} : { body }) })
    },
  }
}

/** The headers of a signed Bybit call. */
export function signBybit(sent: string, now: number): Record<string, string> {
  const timestamp = String(now)
  const signature = createHmac('sha256', SECRET).update(`${timestamp}${BYBIT_KEY}5000${sent}`)
  return {
    'content-type': 'application/json',
    'x-bapi-api-key': BYBIT_KEY,
    'x-bapi-timestamp': timestamp,
    'x-bapi-recv-window': '5000',
    'x-bapi-sign': signature.digest('hex'),
  }
}

/** The headers of a signed call of the partner protocol, valid for a second unless said. */
export function signPartner(
  { method, path, body }: { method: string; path: string; body: string },
  now: number,
  expires = now + 1_000,
): Record<string, string> {
  const lines = [method, path, now, expires, body].join('\n')
  return {
    'content-type': 'application/json',
    'partner-key': PARTNER_KEY,
    'partner-timestamp': String(now),
    'partner-expires': String(expires),
    'partner-signature': createHmac('sha256', SECRET).update(lines).digest('hex'),
  }
}

async function send(url: string, init: RequestInit): Promise<Read> {
  const signal = init.signal ?? AbortSignal.timeout(CALL_TIMEOUT_MS)
  const response = await fetch(url, { ...init, signal })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: parse(text), text }
}

function parse(text: string): Body {
  try {
    return JSON.parse(text)
  } catch {
    // Faults answer with pages that are no JSON: the test looks at the text.
    return {}
  }
}

/** A signed mandate with this much money. */
export function agreement(balances: Record<string, string>, more: Record<string, unknown> = {}) {
  return { merchantId: 'M1', userId: 'U1', agreementType: 'NON_CYCLE', balances, ...more }
}

/** A Bybit Pay payment of so many minor units of USDT under agreement A1. */
export function payment(outTradeNo: string, total: string, more: Record<string, unknown> = {}) {
  return {
    merchant_id: 'M1',
    user_id: 'U1',
    agreement_type: 'NON_CYCLE',
    agreement_no: 'A1',
    out_trade_no: outTradeNo,
    scene_code: 'OTHERS',
    amount: { total, currency: 'USDT', currency_type: 'CRYPTO', chain: 'TRC20' },
    order_info: { order_title: 'Card purchase' },
    notify_url: 'https://merchant.example/notify/pay',
    ...more,
  }
}

/** A refund of part of such a payment. */
export function refund(outTradeNo: string, outRefundNo: string, total: string) {
  return {
    merchant_id: 'M1',
    user_id: 'U1',
    agreement_type: 'NON_CYCLE',
    agreement_no: 'A1',
    out_trade_no: outTradeNo,
    out_refund_no: outRefundNo,
    refund_amount: { total, currency: 'USDT', currency_type: 'CRYPTO', chain: 'TRC20' },
    notify_url: 'https://merchant.example/notify/refund',
  }
}

/** The query that looks a payment or a refund up. */
export function payQuery(fields: Record<string, string>) {
  return { merchant_id: 'M1', user_id: 'U1', agreement_type: 'NON_CYCLE', ...fields }
}

/** A transfer of USDT from a customer's sub-account to the master. */
export function transfer(clientTranId: string, amount: string, more: Record<string, string> = {}) {
  return {
    fromEmail: 'ann@example.kz',
    fromAccountType: 'SPOT',
    toAccountType: 'SPOT',
    asset: 'USDT',
    amount,
    clientTranId,
    ...more,
  }
}

/** A debit of USDT from a partner's account. */
export function partnerDebit(
  reference: string,
  amount: string,
  more: Record<string, unknown> = {},
) {
  return { reference, kind: 'debit', account: 'acc-1', asset: 'USDT', amount, ...more }
}

/** A credit of part of such a debit. */
export function partnerCredit(debitReference: string, reference: string, amount: string) {
  return partnerDebit(reference, amount, { kind: 'credit', debitReference })
}

export const TRANSFERS = '/v1/transfers'
export const PAY = '/v5/bybitpay/agreement/pay'
export const PAY_QUERY = '/v5/bybitpay/agreement/pay/query'
export const REFUND = '/v5/bybitpay/agreement/refund'
export const TRANSFER = '/sapi/v1/sub-account/universalTransfer'
