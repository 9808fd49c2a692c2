/** A time during which something holds, measured on a wall clock. */
export type Term = {
  /** Lets it last for so long from now on, unless it lasts longer already. Nothing and less change nothing. */
  extend(ms: number): void
  /** When it ends, in milliseconds since the epoch; 0 when it is over. */
  until(): number
}

/**
 * A term that is over. Where the clock is set back the term begins anew, so that it never ends before its time and
 * never lasts longer than twice: a clock set back by an hour must not keep us from an exchange for an hour.
 */
export function createTerm(now: () => number): Term {
  let lengthMs = 0
  let endsAt = Number.NEGATIVE_INFINITY
  const until = () => {
    endsAt = Math.min(endsAt, now() + lengthMs)
    return now() < endsAt ? endsAt : 0
  }
  return {
    extend(ms) {
      if (!(ms > 0) || now() + ms <= until()) return
      lengthMs = ms
      endsAt = now() + ms
    },
    until,
  }
}
