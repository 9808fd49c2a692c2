import assert from 'node:assert/strict'
import type { Cabinet } from '../cabinet.ts'
import type { Clock } from '../clock.ts'
import type { Exchange } from '../coins.ts'
import type { Fault, Faults } from '../faults.ts'
import { post } from './post.ts'

/** What an exchange has to say unasked: the same bytes each time it is sent. */
export type Notice = {
  /** The exchange's own, once for ever. */
  readonly id: string
  readonly exchange: Exchange
  /** Whom it is about: what a fault may name. */
  readonly wallet: string
  readonly url: string
  readonly body: string
  /** Not before this time of the exchange's own clock (ms). */
  readonly dueAt: number
}

/** How one exchange sends its notices. */
export type NoticeDialect = {
  /** How long after each failed attempt the next one comes (ms); after the last it gives up. */
  readonly retriesMs: readonly number[]
  /** Headers of one attempt, the signature among them. */
  sign(body: string): Promise<Readonly<Record<string, string>>>
  /** Spoils the signature that `sign` made. */
  spoil(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>>
  /** Is this answer the receiver's word that it has taken the notice? */
  isTaken(status: number, body: string): boolean
}

/** A notice and what became of it so far. */
export type NoticeState = Notice & {
  readonly state: 'waiting' | 'taken' | 'given_up' | 'suppressed'
  readonly attempts: number
}

export type Courier = {
  /** Sends a notice once it is due, and again until it is taken. Only to this machine: other addresses get nothing. */
  send(notice: Notice): void
  /** Would a notice to this address be sent at all? Asked before one is written that nobody gets. */
  reaches(url: string): boolean
  /** The latest notices, oldest first. */
  list(): readonly NoticeState[]
  close(): void
}

/** How late a notice is under `notice_late` when the fault does not say. */
const LATE_MS = 60_000

/** How many notices are remembered after they were taken or given up. */
const REMEMBERED = 1_000

/** Carries on with the notices that an earlier process had not brought home. */
export function createCourier(deps: {
  cabinet: Cabinet
  clock: Clock
  /** An exchange's own time, which may drift from the clock's. */
  now: (exchange: Exchange) => number
  faults: Faults
  dialects: Readonly<Partial<Record<Exchange, NoticeDialect>>>
  onFault: (fault: Fault) => void
  onError: (error: unknown) => void
}): Courier {
  const { clock, now, faults, dialects } = deps
  const drawer = deps.cabinet.open<NoticeState>('notices')
  const latest = new Map<string, NoticeState>()
  const timers = new Set<() => void>()
  let isClosed = false

  const remember = (notice: NoticeState) => {
    latest.set(notice.id, notice)
    if (latest.size > REMEMBERED) latest.delete(latest.keys().next().value ?? '')
    if (notice.state === 'waiting') drawer.put(notice.id, notice)?.catch(deps.onError)
    else drawer.remove(notice.id)?.catch(deps.onError)
  }
  const schedule = (delayMs: number, task: () => Promise<void>) => {
    const cancel = clock.after(delayMs, () => {
      timers.delete(cancel)
      task().catch(deps.onError)
    })
    timers.add(cancel)
  }
  const deliver = async (notice: NoticeState, isForged: boolean): Promise<boolean> => {
    const dialect = dialects[notice.exchange]
    assert(dialect !== undefined, `${notice.exchange} has a way to send notices`)
    const signed = await dialect.sign(notice.body)
    const answer = await post(notice, isForged ? dialect.spoil(signed) : signed)
    return answer !== undefined && dialect.isTaken(answer.status, answer.body)
  }
  const attempt = async (notice: NoticeState, isForged: boolean) => {
    const isTaken = await deliver(notice, isForged)
    if (isClosed) return
    const attempts = notice.attempts + 1
    const retryMs = isTaken ? undefined : dialects[notice.exchange]?.retriesMs[attempts - 1]
    if (retryMs === undefined) {
      return remember({ ...notice, attempts, state: isTaken ? 'taken' : 'given_up' })
    }
    const next: NoticeState = { ...notice, attempts, dueAt: now(notice.exchange) + retryMs }
    remember(next)
    schedule(retryMs, () => attempt(next, false))
  }
  const begin = (notice: NoticeState, fault: Fault | undefined) => {
    const lateMs = isLate(fault) ? fault.delayMs || LATE_MS : 0
    const waiting: NoticeState = { ...notice, dueAt: notice.dueAt + lateMs }
    remember(fault?.kind === 'no_notice' ? { ...waiting, state: 'suppressed' } : waiting)
    if (fault?.kind === 'no_notice') return
    const isForged = fault?.kind === 'notice_bad_signature'
    const delayMs = Math.max(0, waiting.dueAt - now(notice.exchange))
    schedule(delayMs, () => attempt(waiting, isForged))
    if (fault?.kind === 'notice_twice')
      schedule(delayMs, async () => void (await deliver(waiting, false)))
  }

  for (const notice of drawer.values()) begin(notice, undefined)
  return {
    send: (notice) => {
      if (!isLoopback(notice.url)) return
      const { exchange, wallet } = notice
      const fault = faults.strike({ exchange, operation: 'notice', wallet })
      if (fault !== undefined) deps.onFault(fault)
      begin({ ...notice, state: 'waiting', attempts: 0 }, fault)
    },
    reaches: isLoopback,
    list: () => [...latest.values()],
    close: () => {
      isClosed = true
      for (const cancel of timers) cancel()
    },
  }
}

function isLate(fault: Fault | undefined): fault is Fault {
  return fault?.kind === 'notice_late' || fault?.kind === 'delay'
}

function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, hostname } = new URL(url)
  return protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname)
}
