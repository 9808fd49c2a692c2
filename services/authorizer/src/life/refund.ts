import { randomUUIDv7 } from 'node:crypto'
import type { Holds, NewRefund } from '@tolem/authorizations/holds'
import type { RefundId } from '@tolem/domain/ids'
import type { WireAnswer } from '@tolem/wire/problem'
import { parseRefund, renderRefund, renderRefundDecline } from '@tolem/wire/refund'
import type { Call } from '../route.ts'
import { recordMessage } from './record.ts'

/** What the path of a refund is joined with. */
export type RefundPorts = Pick<Holds, 'refund'> & {
  /** The programme's rate for a refund that names its purchase. */
  readonly refundRate: NewRefund['rate']
  /** The present ask; nothing while there is no safe rate. */
  readonly presentRate: NewRefund['presentRate']
}

/** `POST /v1/refunds`: a decision. The credits are durable before the answer leaves, and executed within seconds. */
export function refund(ports: RefundPorts, call: Call): Promise<WireAnswer> {
  const { codes } = call.caller
  return recordMessage(call, {
    parse: parseRefund,
    record(request, message) {
      const id = `rfd_${randomUUIDv7()}` as RefundId
      const { amount } = request
      const render: NewRefund['render'] = (found) =>
        found.kind === 'approved'
          ? renderRefund({ id, amount, ...found })
          : renderRefundDecline(id, found.reason, codes)
      const { refundRate: rate, presentRate } = ports
      return ports.refund({ id, request, ...message, render, rate, presentRate })
    },
  })
}
