import { hash } from 'node:crypto'
import type { Movements } from '@tolem/authorizations/movements'
import type { Mandates } from '@tolem/cards/mandates'
import { MANDATE_RAILS, type MandateRail } from '@tolem/domain/card'
import type { ExchangeId } from '@tolem/domain/ids'
import type { Notice, NoticePort, ReceivedNotice } from '@tolem/exchanges/mandate-port'
import { createGroupCommit } from '@tolem/postgres/group-commit'
import type { Logger } from '@tolem/telemetry/logger'
import type { Metrics } from '@tolem/telemetry/metrics'
import { createRecent } from './recent.ts'

/** A request that came in an exchange's name: whose it says it is, and what it holds. */
export type NoticeRequest = ReceivedNotice & { readonly exchange: string; readonly rail: string }

/** What it is answered. */
export type NoticeReply = {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

/** Takes a notice. Never rejects. */
export type TakeNotice = (request: NoticeRequest) => Promise<NoticeReply>

type Deps = {
  noticesFor(exchange: ExchangeId, rail: MandateRail): NoticePort | undefined
  readonly mandates: Pick<Mandates, 'hasten'>
  readonly movements: Pick<Movements, 'hasten'>
  readonly metrics: Metrics
  readonly logger: Logger
}

/** What is not said to an unknown sender: nothing, but in the status. */
const REFUSALS = {
  unknown: 404,
  malformed: 400,
  bad_signature: 401,
  stale: 401,
} as const

/** The longest id that is kept as it is. */
const LONGEST_ID = 128

/** An exchange sends one notice for each debit: what comes faster than this must not take purchases' connections. */
const TAKEN_AT_ONCE = 2
const QUEUED_AT_MOST = 1_024

/** Replays inside a signature's five minutes, at 200 notices a second. */
const REMEMBERED = 60_000

/**
 * Notices are hints: one that is authentic makes what it is about due at once, so that it is looked up, and nothing in
 * it is believed. What could not be written down is answered as not taken, so that the exchange sends it again.
 */
export function createTakeNotice(deps: Deps): { readonly take: TakeNotice } {
  const counter = deps.metrics.counter(
    'settlement_notices_total',
    'Notices by what became of them',
    ['exchange', 'rail', 'outcome'],
  )
  const seen = createRecent(REMEMBERED)
  const writing = createGroupCommit<() => Promise<boolean>, boolean>({
    maxBatch: 1,
    maxQueued: QUEUED_AT_MOST,
    lanes: TAKEN_AT_ONCE,
    run: async (writes) => Promise.all(writes.map((write) => write())),
  })

  async function hasten(port: NoticePort, notice: Notice): Promise<'taken' | 'repeated'> {
    const { about, id: givenId } = notice
    const id = givenId.length <= LONGEST_ID ? givenId : hash('sha256', givenId)
    const { exchange, rail } = port
    const name = `${exchange}/${rail}/${id}`
    if (about.kind === 'other') return 'taken'
    if (seen.has(name)) return 'repeated'
    const isNew = await writing.submit(async () => {
      if (about.kind === 'mandate')
        return (await deps.mandates.hasten({ exchange, rail, id, reference: about.reference }))
          .isNew
      await deps.movements.hasten({ exchange, rail, reference: about.reference })
      return true
    })
    seen.add(name)
    return isNew ? 'taken' : 'repeated'
  }

  return {
    async take({ exchange, rail, ...received }) {
      const port = isNamed(rail) ? deps.noticesFor(exchange as ExchangeId, rail) : undefined
      if (!port) {
        counter.inc({ exchange: 'unknown', rail: 'unknown', outcome: 'unknown' })
        return refusal('unknown')
      }
      const told = (outcome: string) =>
        counter.inc({ exchange: port.exchange, rail: port.rail, outcome })
      try {
        const read = await port.read(received)
        if (!read.ok) {
          told(read.reason)
          return read.reason === 'unavailable' ? notTaken(port) : refusal(read.reason)
        }
        told(await hasten(port, read.value))
        return port.answer(true)
      } catch (error) {
        // Nothing of it was written, or it was and the exchange tells us twice: both do no harm.
        told('not_taken')
        deps.logger.warn({ err: error, exchange: port.exchange }, 'a notice could not be taken')
        return notTaken(port)
      }
    },
  }
}

function isNamed(rail: string): rail is MandateRail {
  const rails: readonly string[] = MANDATE_RAILS
  return rails.includes(rail)
}

function refusal(reason: keyof typeof REFUSALS): NoticeReply {
  return { status: REFUSALS[reason], contentType: 'text/plain', body: '' }
}

/** In the exchange's own words, but never by a status that a sender takes for success. */
function notTaken(port: NoticePort): NoticeReply {
  const answer = port.answer(false)
  return answer.status >= 400 ? answer : { ...answer, status: 503 }
}
