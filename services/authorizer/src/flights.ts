import { type AuthorizationRequest, networkKeyText } from '@tolem/domain/authorization'
import type { Deadline } from '@tolem/domain/deadline'
import type { AuthorizationId } from '@tolem/domain/ids'
import { problem, type WireAnswer } from '@tolem/wire/problem'
import { inTime } from './in-time.ts'

/** Messages under way in this process. */
export type Flights = {
  /**
   * Answers one message: starts deciding it, or joins the copy that is being decided already. Answers inside the
   * deadline, whatever hangs; what was decided too late and reached nobody is withdrawn.
   */
  answerOnce(request: AuthorizationRequest, deadline: Deadline, decide: Decide): Promise<WireAnswer>
  /** How many messages are under way. */
  underWay(): number
  /** Resolves when nothing is under way any more. */
  settled(): Promise<void>
}

type Decide = (id: AuthorizationId) => Promise<WireAnswer>

type Flight = {
  readonly fingerprint: Buffer
  answer: Promise<WireAnswer>
  isDelivered: boolean
}

/** What flights need of the outside. */
export type FlightDeps = {
  /** The most messages under way; more are refused at once. */
  readonly limit: number
  readonly monotonicNow: () => number
  readonly newId: () => AuthorizationId
  /**
   * Undoes what was approved and told to nobody, and gives the answer that stands then; nothing if nothing was. Asked
   * before the message leaves the table, so that no copy is answered with what is being withdrawn.
   */
  readonly withdraw: (
    id: AuthorizationId,
    request: AuthorizationRequest,
  ) => Promise<WireAnswer | undefined>
  /** The answer was told to somebody: it stands. */
  readonly forget: (id: AuthorizationId) => void
}

export function createFlights(deps: FlightDeps): Flights {
  const flights = new Map<string, Flight>()
  let landed = Promise.withResolvers<void>()

  function start(key: string, request: AuthorizationRequest, decide: Decide): Flight {
    const id = deps.newId()
    const decided = decide(id)
    const flight: Flight = { fingerprint: request.fingerprint, answer: decided, isDelivered: false }
    flights.set(key, flight)
    void land(flight, decided, { id, request }).finally(() => {
      flights.delete(key)
      if (flights.size > 0) return
      landed.resolve()
      landed = Promise.withResolvers()
    })
    return flight
  }

  /** After the decision: if nobody could be told of it, it is withdrawn, and late copies wait for what stands then. */
  async function land(
    flight: Flight,
    decided: Promise<WireAnswer>,
    { id, request }: { readonly id: AuthorizationId; readonly request: AuthorizationRequest },
  ): Promise<void> {
    await decided.catch(() => undefined)
    // The waiters' own continuations run first; only then is it known whether anyone took the answer.
    await new Promise(setImmediate)
    if (flight.isDelivered) return deps.forget(id)
    flight.answer = deps.withdraw(id, request).then((standing) => standing ?? decided)
    // Whoever joined meanwhile hears of a failure through `answer`; nobody else is waiting for it.
    await flight.answer.catch(() => undefined)
  }

  return {
    async answerOnce(request, deadline, decide) {
      const key = `${request.bank}/${request.kind}/${networkKeyText(request.networkKey)}`
      const running = flights.get(key)
      if (running && !running.fingerprint.equals(request.fingerprint)) return problem('key_reused')
      if (!running && flights.size >= deps.limit) return problem('overloaded')
      const flight = running ?? start(key, request, decide)
      const answer = await inTime(flight.answer, deadline, deps.monotonicNow())
      if (!answer) return problem('no_answer_in_time')
      flight.isDelivered = true
      return answer
    },
    underWay: () => flights.size,
    async settled() {
      if (flights.size > 0) await landed.promise
    },
  }
}
