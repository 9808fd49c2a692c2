import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type Client, createClient } from '@tolem/client'
import { type DemoFile, signingKeyOf } from '@tolem/client/demo-file'
import type { CallName } from '../support/life/calls.ts'
import { type Reply, TOLERANCE_MS, totalMs } from '../support/stack.ts'
import type { Recorder } from './recorder.ts'
import { add, type Tally } from './tally.ts'

/** A message as a bank's processor has it before it is sent. */
export type Message = {
  readonly bank: string
  readonly call: CallName
  readonly body: object
  readonly key: string
  readonly original?: { readonly kind: string; readonly key: string }
  readonly full?: boolean
}

/** What sends for the banks: to one authorizer, and where that stays silent to the other. */
export type Processor = {
  /** Sends one copy to one process. Undefined: nothing in time. A later answer is heard and recorded all the same. */
  readonly sendTo: (process: number, message: Message, repeatOf?: number) => Promise<Sent>
  /**
   * Sends as a processor does: what is not answered, or answered by a problem, is repeated under its key at the other
   * process, up to `attempts` in all. Gives the last reply.
   */
  readonly send: (message: Message, attempts: number, first: number) => Promise<Sent>
  /** Resolves when no call is under way. */
  readonly idle: () => Promise<void>
  readonly close: () => Promise<void>
}

export type Sent = { readonly op: number; readonly reply: Reply | undefined }

/** Only the recorder still listens. */
const LISTENS_MS = 9_000
const PAUSE_MS = 150

export function createProcessor(parts: {
  readonly demo: DemoFile
  readonly urls: readonly string[]
  readonly recorder: Recorder
  readonly tally: Tally
  readonly budgetMs: number
  /** From then on nothing is repeated any more. */
  readonly giveUp: AbortSignal
}): Processor {
  const { demo, urls, recorder, tally, budgetMs, giveUp } = parts
  // After this long a bank's processor takes the call for lost.
  const patienceMs = budgetMs + TOLERANCE_MS
  const clients = new Map<string, Client>()
  for (const bank of demo.banks)
    for (const [process, url] of urls.entries())
      clients.set(
        `${bank.id} ${process}`,
        createClient({ url, key: signingKeyOf(bank), timeoutMs: LISTENS_MS, connections: 256 }),
      )
  const underWay = new Set<Promise<unknown>>()

  const sendTo: Processor['sendTo'] = async (process, message, repeatOf) => {
    const { bank, call, body, key, original, full } = message
    const client = clients.get(`${bank} ${process}`)
    if (!client) throw new Error(`no bank ${bank}`)
    const op = recorder.invoke({ call, bank, key, process, repeatOf, original, full })
    add(tally.calls, call)
    const content = repeatOf === undefined ? body : { ...body, repeat: true }
    const startedAt = performance.now()
    const heard = client
      .send({ method: 'POST', path: `/v1/${call}`, body: JSON.stringify(content) })
      .then(
        (reply) => {
          const waitedMs = performance.now() - startedAt
          recorder.end({ op, ...describe(reply), waitedMs: round(waitedMs) })
          count(tally, { call, reply, waitedMs, budgetMs })
          return reply
        },
        (error: unknown) => {
          recorder.end({ op, type: 'info', error: tellError(error) })
          add(tally.answers, `${call} unanswered`)
          return undefined
        },
      )
    underWay.add(heard)
    void heard.finally(() => underWay.delete(heard))
    const patience = new AbortController()
    const late = delay(patienceMs, undefined, { signal: patience.signal }).catch(() => undefined)
    const reply = await Promise.race([heard, late])
    patience.abort()
    return { op, reply }
  }

  return {
    sendTo,
    send: async (message, attempts, first) => {
      let sent = await sendTo(first % urls.length, message)
      const { op } = sent
      for (let attempt = 1; attempt < attempts && sent.reply?.status !== 200; attempt += 1) {
        if (giveUp.aborted || (sent.reply && isRefused(sent.reply.status))) break
        await delay(PAUSE_MS * Math.min(attempt, 8))
        sent = await sendTo((first + attempt) % urls.length, message, op)
      }
      return { op, reply: sent.reply }
    },
    idle: async () => {
      while (underWay.size > 0) await Promise.all(underWay)
    },
    close: async () => {
      await Promise.all([...clients.values()].map((client) => client.close()))
    },
  }
}

/** Sending it again can change nothing. */
function isRefused(status: number): boolean {
  return status >= 400 && status !== 409 && status < 500
}

function describe(reply: Reply) {
  const { status, body } = reply
  const told = JSON.parse(body)
  const total = totalMs(reply)
  const workedMs = Number.isNaN(total) ? undefined : total
  if (status !== 200)
    return {
      type: isRefused(status) ? ('fail' as const) : ('info' as const),
      status,
      problem: told.type,
      code: told.responseCode,
      workedMs,
    }
  return {
    type: 'ok' as const,
    status,
    digest: createHash('sha256').update(body).digest('hex'),
    decision: told.decision,
    outcome: told.outcome,
    reason: told.reason,
    code: told.responseCode,
    id: told.reversalId ?? told.clearingId ?? told.refundId ?? told.authorizationId,
    approved: told.approvedAmount?.value,
    moved: told.funding?.map(
      (part: {
        exchange: string
        asset: string
        amount: string
        billingAmount: { value: string }
      }) => [part.exchange, part.asset, part.amount, part.billingAmount.value] as const,
    ),
    workedMs,
  }
}

function count(
  tally: Tally,
  heard: {
    readonly call: string
    readonly reply: Reply
    readonly waitedMs: number
    readonly budgetMs: number
  },
): void {
  const { call, reply, waitedMs, budgetMs } = heard
  const told = JSON.parse(reply.body)
  const what = told.reason ?? told.decision ?? told.outcome ?? told.type
  add(tally.answers, `${call} ${what}`)
  if (call !== 'authorizations' && call !== 'increments') return
  if (waitedMs > budgetMs) tally.late += 1
  if (waitedMs > tally.slowestMs) tally.slowestMs = waitedMs
}

function tellError(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10
}
