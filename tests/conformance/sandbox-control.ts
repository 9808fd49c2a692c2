import type { Trouble } from '@tolem/exchanges/conformance-bench'
import { request } from 'undici'

/** One movement as the sandbox lists it; `amount` in coins. */
export type Listed = {
  readonly kind: 'debit' | 'credit'
  readonly reference: string
  readonly asset: string
  readonly amount: string
}

/** The control interface of a sandbox, as far as trials need it. */
export type SandboxControl = {
  put(path: string, body: object): Promise<void>
  movements(reference: string): Promise<readonly Listed[]>
  /** How one exchange is made to misbehave. */
  trouble(exchange: string): Trouble
}

export function createSandboxControl(url: string): SandboxControl {
  const send = async (method: 'GET' | 'PUT' | 'DELETE', path: string, body?: object) => {
    const { statusCode, body: answer } = await request(`${url}/control/${path}`, {
      method,
      headers: body ? { 'content-type': 'application/json' } : {},
      body: body ? JSON.stringify(body) : null,
    })
    const text = await answer.text()
    if (statusCode >= 300) throw new Error(`${method} /control/${path}: ${statusCode} ${text}`)
    return text
  }
  const put = async (path: string, body: object) => void (await send('PUT', path, body))
  return {
    put,
    movements: async (reference) =>
      JSON.parse(await send('GET', `movements?reference=${reference}`)).movements,
    trouble: (exchange) => {
      const lay = (kind: string, more: object = {}) =>
        put('faults', { exchange, operation: 'debit', kind, ...more })
      return {
        silence: (executed) => lay(executed ? 'timeout_after' : 'timeout_before'),
        delay: (delayMs) => lay('delay', { delayMs }),
        hideFor: (delayMs) =>
          put('faults', { exchange, operation: 'look_up', kind: 'not_found_yet', delayMs }),
        drift: (delayMs) => lay('clock_drift', { delayMs }),
        garble: () => lay('garbage'),
        ban: (delayMs) => lay('ban', { delayMs, times: 1 }),
        calls: async () => JSON.parse(await send('GET', 'calls')).calls[exchange] ?? 0,
        calm: async () => void (await send('DELETE', `faults?exchange=${exchange}`)),
      }
    },
  }
}
