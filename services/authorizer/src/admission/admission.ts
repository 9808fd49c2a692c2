import type { IncomingMessage } from 'node:http'
import type { BankId } from '@tolem/domain/ids'
import { watchEventLoop } from './event-loop.ts'
import { createLimit, type Limit, PERIOD_MS } from './pressure.ts'
import { createSeats, type Seats, type Urgency } from './seats.ts'

/** Decides which messages are taken on at all, before anything is spent on them. */
export type Admission = Pick<Seats, 'take'> & {
  /** What was taken is free again; `isLate` where there was no answer in time. */
  readonly leave: (bank: BankId, isLate: boolean) => void
  /** Why a message is turned away by its head alone, unread and unverified; nothing when it is not. */
  readonly turnsAway: (
    request: Pick<IncomingMessage, 'url' | 'rawHeaders'>,
    arrivedAt: number,
  ) => 'overloaded' | 'closing' | undefined
  /** To be told of each connection as it is taken. */
  readonly opened: (connection: object) => void
  /** When a message that is read now from this connection may have arrived, on the monotonic clock. */
  readonly arrivedAt: (connection: object) => number
  /** From now on nothing new is taken on. */
  readonly shut: () => void
  /** How much may be under way now, how much is, and how many were turned away by their heads so far. */
  readonly figures: () => { readonly limit: number; readonly taken: number; readonly away: number }
  readonly close: () => void
}

export type AdmissionDeps = {
  /** The most that may ever be under way. */
  readonly ceiling: number
  /** What one batch carries. */
  readonly floor: number
  /** The longest response budget of any bank. */
  readonly longestBudgetMs: number
  readonly bankOfKey: (keyId: string) => BankId | undefined
  /** How long the longest has waited for a statement to carry it, in milliseconds. */
  readonly waitedMs: () => number
  readonly monotonicNow: () => number
}

/**
 * How long work may wait for its batch, and how late the event loop may be: a tenth of the usual budget each, as a
 * message waits for two batches and a few turns of the loop. A batch that takes long by itself, on a slow disk, is
 * waited for somewhat longer by whoever comes right after its start, and that is no overload yet.
 */
const RIGHT_WAIT_MS = 100
const RIGHT_DELAY_MS = 20

/**
 * For how long one turn of the event loop takes on messages although a batch is under way. Those that come next in it
 * are turned away at once: each that is taken on lets all of them wait, and it is they who could ask elsewhere.
 */
const LONGEST_TURN_MS = 8

export function createAdmission(deps: AdmissionDeps): Admission {
  const limit = createLimit(deps)
  const seats = createSeats(limit.now)
  const watch = watchPressure(deps, limit, seats)
  const firstArrivals = new WeakMap<object, number>()
  let isShut = false
  let away = 0

  /** Nobody waits any more for what a stalled process finds in its sockets; a notice is still true then. */
  const isTooLate = (url: string, arrivedAt: number) =>
    deps.monotonicNow() - arrivedAt > deps.longestBudgetMs && urgencyOf(url) === 'request'

  function hasRoom(request: Pick<IncomingMessage, 'rawHeaders'>, url: string): boolean {
    const isLong = watch.turnMs() > LONGEST_TURN_MS
    const most = isLong ? Math.min(deps.floor, limit.now()) : limit.now()
    // Nearly always: there is room for anybody, and nothing of the head needs to be read.
    if (seats.taken() < most) return true
    const bank = deps.bankOfKey(claimedKey(request))
    if (bank === undefined) return false
    const urgency = urgencyOf(url)
    return isLong && urgency === 'request' ? seats.isQuiet(bank) : seats.isFree(bank, urgency)
  }

  return {
    turnsAway(request, arrivedAt) {
      const { url } = request
      if (url === undefined || !url.startsWith('/v1/')) return undefined
      if (isShut) return 'closing'
      if (!isTooLate(url, arrivedAt) && hasRoom(request, url)) return undefined
      away += 1
      return 'overloaded'
    },
    opened: (connection) => void firstArrivals.set(connection, watch.connectedAt()),
    arrivedAt(connection) {
      // A connection is taken in one turn of the loop, and what came with it is read in the next.
      const first = firstArrivals.get(connection)
      if (first !== undefined) firstArrivals.delete(connection)
      return Math.min(first ?? Number.POSITIVE_INFINITY, watch.arrivedAt())
    },
    take: seats.take,
    leave(bank, isLate) {
      seats.leave(bank)
      if (isLate) watch.late()
    },
    shut() {
      isShut = true
    },
    figures: () => ({ limit: limit.now(), taken: seats.taken(), away }),
    close: watch.close,
  }
}

/** Adjusts the limit at the end of each period by the worst that was seen in it. */
function watchPressure(deps: AdmissionDeps, limit: Limit, seats: Seats) {
  let pressure = 0
  let peak = 0
  let late = 0
  let periodEndsAt = deps.monotonicNow() + PERIOD_MS
  const loop = watchEventLoop(deps.monotonicNow, (lateMs) => {
    pressure = Math.max(pressure, deps.waitedMs() / RIGHT_WAIT_MS, lateMs / RIGHT_DELAY_MS)
    peak = Math.max(peak, seats.taken())
    if (deps.monotonicNow() < periodEndsAt) return
    limit.adjust({ pressure, peak, late })
    pressure = 0
    peak = 0
    late = 0
    periodEndsAt = deps.monotonicNow() + PERIOD_MS
  })
  return { ...loop, late: () => void (late += 1) }
}

const NOTICES = new Set(['/v1/reversals', '/v1/advices', '/v1/clearings', '/v1/refunds'])

/** By its address alone. */
export function urgencyOf(path: string): Urgency {
  return NOTICES.has(path) ? 'notice' : 'request'
}

const KEY_ID = 'keyid="'

/**
 * The key that a message says it is signed with. Only its signature shows whether that is true. Read from what came, as
 * Node makes an object of all headers of a message only for who asks for it.
 */
function claimedKey({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>): string {
  for (let name = 0; name < rawHeaders.length; name += 2)
    if (rawHeaders[name]?.toLowerCase() === 'signature-input')
      return keyIn(rawHeaders[name + 1] ?? '')
  return ''
}

function keyIn(input: string): string {
  const at = input.indexOf(KEY_ID)
  if (at < 0) return ''
  const start = at + KEY_ID.length
  return input.slice(start, input.indexOf('"', start))
}
