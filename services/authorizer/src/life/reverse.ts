import { randomUUIDv7 } from 'node:crypto'
import type { Holds } from '@tolem/authorizations/holds'
import type { ReversalId } from '@tolem/domain/ids'
import type { WireAnswer } from '@tolem/wire/problem'
import { parseReversal, renderReversal } from '@tolem/wire/reversal'
import type { Call } from '../route.ts'
import { recordMessage } from './record.ts'

/** What the path of a reversal is joined with. */
export type ReversePorts = Pick<Holds, 'reverse'>

/**
 * `POST /v1/reversals`, full and partial. Never refused for business reasons. The credit itself is settlement's: it is
 * durable before the answer leaves and executed within seconds.
 */
export function reverse(ports: ReversePorts, call: Call): Promise<WireAnswer> {
  return recordMessage(call, {
    parse: parseReversal,
    record(request, message) {
      const id = `rev_${randomUUIDv7()}` as ReversalId
      const render: Parameters<Holds['reverse']>[0]['render'] = (found) =>
        renderReversal({ id, ...found })
      return ports.reverse({ id, request, ...message, render })
    },
  })
}
