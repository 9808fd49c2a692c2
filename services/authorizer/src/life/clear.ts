import { randomUUIDv7 } from 'node:crypto'
import type { Holds } from '@tolem/authorizations/holds'
import type { ClearingId } from '@tolem/domain/ids'
import { parseClearing, renderClearing } from '@tolem/wire/clearing'
import type { WireAnswer } from '@tolem/wire/problem'
import type { Call } from '../route.ts'
import { recordMessage } from './record.ts'

/** What the path of a presentment is joined with. */
export type ClearPorts = Pick<Holds, 'clear'>

/** `POST /v1/clearings`: what the acquirer claims is owed to the bank, whatever is held for it. Never refused. */
export function clear(ports: ClearPorts, call: Call): Promise<WireAnswer> {
  return recordMessage(call, {
    parse: parseClearing,
    record(request, message) {
      const id = `clr_${randomUUIDv7()}` as ClearingId
      const { amount } = request
      const render: Parameters<Holds['clear']>[0]['render'] = (found) =>
        renderClearing({ id, amount, ...found })
      return ports.clear({ id, request, ...message, render })
    },
  })
}
