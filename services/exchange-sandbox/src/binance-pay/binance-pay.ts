import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Cabinet } from '../cabinet.ts'
import type { Endpoint, Exposure } from '../call.ts'
import type { Credentials } from '../credentials.ts'
import type { SigningKeys } from '../notices/signing-keys.ts'
import { createAnnouncements, notifyEndpoint } from './announcements.ts'
import { payAnswer } from './answers.ts'
import { applyEndpoint } from './apply.ts'
import {
  contractEndpoint,
  contractQueryEndpoint,
  terminationEndpoint,
} from './contract-endpoints.ts'
import type { PayDeps } from './deps.ts'
import { createPayGate } from './gate.ts'
import { certificateSerial } from './notice-dialect.ts'
import { orderCloseEndpoint, orderQueryEndpoint } from './order-endpoints.ts'
import { refundEndpoint, refundQueryEndpoint } from './refund-endpoints.ts'
import { createRefunds } from './refunds.ts'

const PREFIX = '/binancepay/openapi'

/** Adds Binance Pay's direct debit to a server. Bodies are JSON and kept as sent, for the signature. */
export function addBinancePay(
  server: FastifyInstance,
  deps: Omit<PayDeps, 'gate'> & {
    cabinet: Cabinet
    credentials: Credentials
    signingKeys: SigningKeys
    exposure: Exposure
  },
): void {
  const parts = {
    ...deps,
    gate: createPayGate(deps),
    announcements: createAnnouncements(deps),
    refunds: createRefunds(deps),
    closed: new Set<number>(),
  }
  server.removeContentTypeParser('application/json')
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  )
  server.setErrorHandler(deps.exposure.refuseUnreadable)
  const endpoints: Readonly<Record<string, Endpoint>> = {
    '/direct-debit/contract': contractEndpoint(parts),
    '/direct-debit/contract/query': contractQueryEndpoint(parts),
    '/direct-debit/contract/termination': terminationEndpoint(parts),
    '/pay/notify': notifyEndpoint(parts),
    '/pay/apply': applyEndpoint(parts),
    '/v2/order/query': orderQueryEndpoint(parts),
    '/order/close': orderCloseEndpoint(parts),
    '/order/refund': refundEndpoint(parts),
    '/order/refund/query': refundQueryEndpoint(parts),
    '/certificates': certificatesEndpoint(parts),
  }
  for (const [path, endpoint] of Object.entries(endpoints)) {
    server.post(`${PREFIX}${path}`, deps.exposure.handler(endpoint))
  }
}

/** POST /certificates: the public key that notices are signed with. */
function certificatesEndpoint({
  gate,
  signingKeys,
}: Pick<PayDeps, 'gate'> & { signingKeys: SigningKeys }): Endpoint {
  return (received) => {
    const admitted = gate.admit(received, z.object({}))
    if ('status' in admitted) return admitted
    return {
      operation: 'look_up',
      headers: {},
      run: async () => {
        const { publicKeyPem } = await signingKeys('binance-pay')
        const certSerial = certificateSerial(publicKeyPem)
        return payAnswer([{ certSerial, certPublic: publicKeyPem }])
      },
    }
  }
}
