import { randomUUIDv7 } from 'node:crypto'
import type { Holds, NewAdvice } from '@tolem/authorizations/holds'
import type { AdviceRequest } from '@tolem/domain/advice'
import type { AuthorizationId } from '@tolem/domain/ids'
import { localDay } from '@tolem/domain/local-day'
import { parseAdvice, renderAdvice } from '@tolem/wire/advice'
import type { WireAnswer } from '@tolem/wire/problem'
import type { Caller } from '../callers.ts'
import type { Call } from '../route.ts'
import { recordMessage } from './record.ts'

/** What the path of an advice is joined with. */
export type AdvisePorts = Pick<Holds, 'advise'> & {
  /** The programme's rate for debiting what a bank approved. */
  readonly adviceRate: NewAdvice['rate']
  /** When a hold expires by its bank's periods (ms since the epoch); nothing for a final one. */
  holdUntil(caller: Caller, request: AdviceRequest, receivedAt: number): number | undefined
}

/** `POST /v1/advices`: what the bank decided in our place is recorded as it is, and never refused. */
export function advise(ports: AdvisePorts, call: Call): Promise<WireAnswer> {
  const { caller } = call
  return recordMessage(call, {
    parse: parseAdvice,
    record(request, message) {
      const id = `aut_${randomUUIDv7()}` as AuthorizationId
      const { receivedAt } = message
      return ports.advise({
        id,
        request,
        ...message,
        holdUntil: ports.holdUntil(caller, request, receivedAt),
        day: localDay(receivedAt),
        rate: ports.adviceRate,
        render: (found) => renderAdvice({ id, ...found }),
      })
    },
  })
}
