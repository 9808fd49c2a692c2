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
  answerOnce(
    request: AuthorizationRequest,
    deadline: Deadline,
    decide: (id: AuthorizationId) => Promise<WireAnswer>,
  ): Promise<WireAnswer>
  /** How many messages are under way. */
  underWay(): number
  /** Resolves when nothing is under way any more. */
  settled(): Promise<void>
}

type Flight = {
  readonly fingerprint: Buffer
  answer: Promise<WireAnswer>
  isDelivered: boolean
}

/**
 * @param deps.withdraw takes back an approval that reached nobody, and gives the answer that stands then. It is asked
 * before the message leaves the table, so that no copy can be answered with what is being withdrawn.
 */
export function createFlights(deps: {
  readonly limit: number
  readonly monotonicNow: () => number
  readonly newId: () => AuthorizationId
  readonly withdraw: (id: AuthorizationId, request: AuthorizationRequest) => Promise<WireAnswer>
}): Flights {
  const flights = new Map<string, Flight>()
  let landed = Promise.withResolvers<void>()

  function start(
    key: string,
    request: AuthorizationRequest,
    decide: (id: AuthorizationId) => Promise<WireAnswer>,
  ): Flight {
    const id = deps.newId()
    const flight: Flight = {
      fingerprint: request.fingerprint,
      answer: decide(id),
      isDelivered: false,
    }
    flights.set(key, flight)
    const first = flight.answer
    const land = () => {
      flights.delete(key)
      if (flights.size === 0) landed.resolve()
    }
    const undo = async () => {
      flight.answer = deps.withdraw(id, request)
      // Whoever joined meanwhile hears of a failure through `answer`; nobody else is waiting.
      await flight.answer.catch(() => undefined)
    }
    void first
      .then(
        // The waiters' own continuations run first; only then is it known whether anyone took the answer.
        () => new Promise(setImmediate),
        () => undefined,
      )
      .then(() => (flight.isDelivered ? undefined : undo()))
      .then(land)
    return flight
  }

  return {
    async answerOnce(request, deadline, decide) {
      const key = `${request.bank}/${networkKeyText(request.networkKey)}`
      const running = flights.get(key)
      if (running && !running.fingerprint.equals(request.fingerprint)) return problem('key_reused')
      if (!running && flights.size >= deps.limit) return problem('overloaded')
      const flight = running ?? start(key, request, decide)
      const answer = await inTime(flight.answer, deadline, deps.monotonicNow())
      if (answer) flight.isDelivered = true
      return answer ?? problem('no_answer_in_time')
    },
    underWay: () => flights.size,
    async settled() {
      if (flights.size === 0) return
      landed = Promise.withResolvers()
      await landed.promise
    },
  }
}
