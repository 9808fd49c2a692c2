import { type PublishedRate, RATES_CHANNEL, rateKey } from '@tolem/quotes/published-rate'
import type { Bus } from '@tolem/redis/bus'
import type { Route } from './guards/assessment.ts'

/** Ticks come by the hundred a second; ten rates a second are as fresh as a quote needs. */
const COALESCE_MS = 100

/** A rate that does not change is published again within a second; the timer's own 100 ms are taken off. */
const REPEAT_MS = 900

/** For who joins late. How old a rate may be is judged by its `observedAt`, not by this. */
const KEEP_MS = 60_000

/** A bus that has not answered for this long will not: the next rate is tried without waiting for it. */
const GIVE_UP_MS = 5_000

/** Publishes rates on the bus: soon after a change, again within a second, one at a time for each route. */
export type Publishing = {
  /** Something that this route is made of was heard. */
  touch(route: Route): void
  /** Publishes whatever is due. */
  pass(): void
  start(): void
  close(): void
}

type Sending = { sentAt: number; isTouched: boolean; isUnderWay: boolean }

/** Reports what it published, and each failure; neither stops it. */
export function createPublishing(deps: {
  bus: Pick<Bus, 'publish' | 'put'>
  routes: readonly Route[]
  assess: (route: Route) => PublishedRate | undefined
  now: () => number
  onPublished: (rate: PublishedRate) => void
  onFailure: (error: unknown) => void
}): Publishing {
  const sendings = new Map<Route, Sending>(
    deps.routes.map((route) => [route, { sentAt: -Infinity, isTouched: false, isUnderWay: false }]),
  )
  let timer: NodeJS.Timeout | undefined

  const send = async (rate: PublishedRate): Promise<void> => {
    const message = JSON.stringify(rate)
    try {
      // The key first: who subscribes and then loads must not miss what was published in between.
      const kept = deps.bus.put(rateKey(rate.exchange, rate.asset), message, KEEP_MS)
      await Promise.all([kept, deps.bus.publish(RATES_CHANNEL, message)])
      deps.onPublished(rate)
    } catch (error) {
      // The next pass publishes again; until then the last rate grows old and is refused by its age.
      deps.onFailure(error)
    }
  }
  const flush = (route: Route, sending: Sending): void => {
    const now = deps.now()
    if (!isDue(sending, now)) return
    const rate = deps.assess(route)
    if (rate === undefined) return
    Object.assign(sending, { sentAt: now, isTouched: false, isUnderWay: true })
    void send(rate).finally(() => {
      sending.isUnderWay = false
    })
  }
  const pass = () => {
    for (const [route, sending] of sendings) flush(route, sending)
  }
  return {
    touch: (route) => {
      const sending = sendings.get(route)
      if (sending === undefined) return
      sending.isTouched = true
      flush(route, sending)
    },
    pass,
    start: () => {
      timer ??= setInterval(pass, COALESCE_MS)
    },
    close: () => clearInterval(timer),
  }
}

function isDue({ sentAt, isTouched, isUnderWay }: Sending, now: number): boolean {
  const sinceMs = now - sentAt
  // A clock that was set back must not hold everything up until it has caught up.
  if (sinceMs < 0) return true
  if (isUnderWay) return sinceMs >= GIVE_UP_MS
  return sinceMs >= (isTouched ? COALESCE_MS : REPEAT_MS)
}
