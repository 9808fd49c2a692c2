import type { NewReversal, Recorded } from '@tolem/authorizations/holds'
import type { ReversalId } from '@tolem/domain/ids'
import type { WireAnswer } from '@tolem/wire/problem'
import { parseReversal, renderReversal } from '@tolem/wire/reversal'
import type { InTime } from '../in-time.ts'
import type { Call } from '../route.ts'
import { recordMessage } from './record.ts'

/** What the path of a reversal is joined with. */
export type ReversePorts = {
  newReversalId(): ReversalId
  reverse(reversal: NewReversal): Promise<Recorded>
  readonly inTime: InTime
}

/**
 * `POST /v1/reversals`. Never refused for business reasons. The credit itself is settlement's: it is durable before the
 * answer leaves and executed within seconds.
 */
export function reverse(ports: ReversePorts, call: Call): Promise<WireAnswer> {
  const { message } = call
  return recordMessage(call, {
    parse: parseReversal,
    inTime: ports.inTime,
    record(request) {
      const id = ports.newReversalId()
      return ports.reverse({
        id,
        request,
        receivedAt: message.receivedAt,
        requestBody: message.body.toString(),
        render: (found) => renderReversal({ id, ...found }),
      })
    },
  })
}
