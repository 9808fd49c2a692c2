import { createHmac } from 'node:crypto'
import type { SeenRequest } from './scripted-exchange.ts'

/** Bybit's signature and window of a request, read with nothing of the adapter's (Bybit V5, Integration Guidance). */
export const bybitSignature = (secret: string) => ({
  isSigned({ headers, method, query, body }: SeenRequest): boolean {
    const text = ['timestamp', 'api-key', 'recv-window']
      .map((name) => String(headers[`x-bapi-${name}`]))
      .join('')
    const expected = createHmac('sha256', secret).update(text + (method === 'GET' ? query : body))
    return headers['x-bapi-sign'] === expected.digest('hex')
  },
  windowOf: ({ headers }: SeenRequest) => Number(headers['x-bapi-recv-window']),
})
