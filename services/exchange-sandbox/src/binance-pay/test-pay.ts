import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SandboxConfig } from '../config.ts'
import { createManualClock, type ManualClock } from '../manual-clock.ts'
import { BINANCE_KEY, type Read, type Rig, SECRET, startSandbox } from '../test-rig.ts'

/** A sandbox with a caller that signs as Binance Pay's common rules say, and a clock of its own. */
export type PayRig = Omit<Rig, 'clock'> & {
  readonly clock: ManualClock
  pay(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Read>
}

export const CONTRACT = '/direct-debit/contract'
export const CONTRACT_QUERY = '/direct-debit/contract/query'
export const TERMINATION = '/direct-debit/contract/termination'
export const APPLY = '/pay/apply'
export const ORDER_QUERY = '/v2/order/query'
export const REFUND = '/order/refund'

/** The contract that {@link openContract} opens. */
export const CONTRACT_ID = '205638372306477056'

export async function startPay(config: Partial<SandboxConfig> = {}): Promise<PayRig> {
  const clock = createManualClock()
  const rig = await startSandbox(config, clock)
  const pay = (path: string, body: unknown, headers = {}) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const signed = signPay(text, clock.now())
    const url = `/binancepay/openapi${path}`
    return rig.call('POST', url, { body: text, headers: { ...signed, ...headers } })
  }
  return { ...rig, clock, pay }
}

/** The headers of a signed request. */
export function signPay(body: string, now: number): Record<string, string> {
  const nonce = '5RhaTrZPhknNv0kDSA2UQ67cPMVNS4sA'
  const signature = createHmac('sha512', SECRET).update(`${now}\n${nonce}\n${body}\n`)
  return {
    'content-type': 'application/json',
    'binancepay-timestamp': String(now),
    'binancepay-nonce': nonce,
    'binancepay-certificate-sn': BINANCE_KEY,
    'binancepay-signature': signature.digest('hex').toUpperCase(),
  }
}

/** A contract that is signed already, of USDT up to 50 at a time, with 100 behind it. */
export async function openContract(rig: PayRig): Promise<void> {
  await rig.control('PUT', `/control/wallets/binance/${CONTRACT_ID}`, {
    kind: 'contract',
    merchantContractCode: 'c1',
    currency: 'USDT',
    singleUpperLimit: '50',
    balances: { USDT: '100' },
  })
}

/** A request for a contract. */
export function contract(merchantContractCode: string, more: Record<string, unknown> = {}) {
  return {
    merchantContractCode,
    serviceName: 'Tolem card',
    scenarioCode: 'Others',
    singleUpperLimit: 50,
    currency: 'USDT',
    periodic: false,
    ...more,
  }
}

/** A debit under the contract, as text: its id is a bare number beyond 2^53. */
export function debit(
  merchantRequestId: string,
  amount: string,
  more: Record<string, unknown> = {},
) {
  const { bizId = CONTRACT_ID, ...rest } = more
  const fields = JSON.stringify({
    merchantRequestId,
    tradeMode: 'DIRECT_DEBIT',
    currency: 'USDT',
    productName: 'Card purchase',
    ...rest,
  })
  return `${fields.slice(0, -1)},"bizId":${word(bizId)},"amount":${amount}}`
}

/** A request that a receiver of notices got. */
export type Received = {
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly body: Record<string, string>
}

/** Somebody who listens for notices and answers as the test says. */
export async function openReceiver(
  answer = { returnCode: 'SUCCESS', returnMessage: null } as object,
) {
  const waiting: Received[] = []
  let arrived = () => {}
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => {
      text += chunk
    })
    request.on('end', () => {
      waiting.push({ headers: request.headers, text, body: JSON.parse(text) })
      response.end(JSON.stringify(answer))
      arrived()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/notices`,
    waiting,
    next: async (): Promise<Received> => {
      for (;;) {
        const first = waiting.shift()
        if (first !== undefined) return first
        await new Promise<void>((resolve) => {
          arrived = resolve
        })
      }
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A text that an answer should hold; empty when it does not. */
export function word(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
