import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from '@tolem/client'
import { createRandom } from '@tolem/testing/random'
import { afterAll, expect, test } from 'vitest'
import { CUT_REPLIES, DUPLICATED_KEYS, DUPLICATES, SEED } from '../setup/numbers.ts'
import { audit, untilSettled } from '../support/audit.ts'
import { limiter } from '../support/limiter.ts'
import { aPurchase } from '../support/messages.ts'
import { need } from '../support/own-parts.ts'
import {
  answerIn,
  BUDGET_MS,
  decide,
  openStack,
  sendAuthorization,
  totalMs,
} from '../support/stack.ts'
import { outcomesIn } from '../support/tcp-proxy-postgres.ts'
import { ownWiredParts, payThrough, watchMachine } from '../support/wired-parts.ts'

/** What commits, by what stands in the request: most are single statements, which commit by themselves. */
const COMMITTING = [
  'authorization-accept',
  'authorization-conclude',
  'COMMIT',
  'movement-',
] as const
const CUT_SHARE = 0.12
const WITHIN_MS = 30_000 + CUT_REPLIES * 300
/** More at once would measure the machine. */
const KEYS_AT_ONCE = 3

const wired = ownWiredParts(2)
const undo: (() => Promise<unknown>)[] = []

afterAll(async () => {
  for (const step of undo.toReversed()) await step()
})

test(
  `the answers to ${CUT_REPLIES} commits cut: nothing lost, nothing twice, every answer true`,
  async (context) => {
    const own = wired.get()
    need(own, context)
    const random = createRandom(SEED)
    const laid = COMMITTING.map((marker) => ({
      marker,
      trap: own.wires.postgres.lay({
        marker,
        request: 'all',
        reply: 'none',
        ending: 'reset',
        when: () => random() < CUT_SHARE,
      }),
    }))
    const cuts = () => laid.map(({ trap }) => trap.sprung.length)
    const areEnough = (counts: readonly number[]) =>
      counts.every((count) => count > 0) && sumOf(counts) >= CUT_REPLIES
    const wrong = await payThrough(own, { name: 'commits cut', seed: SEED }, async () => {
      await expect.poll(cuts, { timeout: WITHIN_MS }).toSatisfy(areEnough)
      for (const { trap } of laid) trap.remove()
    })
    const outcomes = laid.map(({ marker, trap }) => {
      const committed = trap.sprung.filter((reply) => !outcomesIn(reply).includes('error'))
      return [marker, `${committed.length} of ${trap.sprung.length} committed`]
    })
    process.stdout.write(`commits cut: ${JSON.stringify(Object.fromEntries(outcomes))}\n`)
    expect(wrong).toEqual([])
    for (const { trap } of laid) expect(trap.sprung.length).toBeGreaterThan(0)
  },
  WITHIN_MS + 150_000,
)

test(
  `${DUPLICATED_KEYS} messages sent ${DUPLICATES} times at once to two authorizers: one debit and one answer each`,
  async (context) => {
    const own = wired.get()
    need(own, context)
    const { service, url } = await own.parts.anotherAuthorizer()
    undo.push(() => service.stop('SIGTERM'))
    await service.start()
    const other = openStack({ ...own.parts.demo, url })
    undo.push(other.close)
    const warm = await own.stack.openCard({ holds: '1000000' })
    const card = await own.stack.openCard({ holds: '1000000' })
    const banks = [own.stack.bank(card.bank), other.bank(card.bank)] as const
    // A process that has just started is slow: what is tested is duplicates, not that.
    for (const bank of banks)
      await Promise.all(
        Array.from({ length: DUPLICATES }, () => decide(bank, aPurchase(warm.token))),
      )
    const counts = { approved: 0, declined: 0, joined: 0, later: 0, turnedAway: 0 }
    const wrong: string[] = []
    const tolerance = watchMachine()
    let slowestMs = 0

    const sendCopies = async (): Promise<void> => {
      const message = aPurchase(card.token, { amount: '100.00' })
      const replies = await Promise.all(
        Array.from({ length: DUPLICATES }, (_, copy) =>
          sendAuthorization(banks[copy % 2 ? 1 : 0], message),
        ),
      )
      const last = await askOn(banks[0], { ...message, repeat: true })
      const body = JSON.stringify(last)
      for (const reply of replies) {
        // Turned away by its head: nothing of it was read, so nothing was timed.
        if (reply.body.includes('/problems/overloaded')) {
          counts.turnedAway += 1
          continue
        }
        slowestMs = Math.max(slowestMs, totalMs(reply))
        if (reply.status !== 200) counts.later += 1
        else if (JSON.stringify(answerIn(reply)) === body) counts.joined += 1
        else wrong.push(`answered ${reply.body} where it stands as ${body}`)
      }
      const bytes = new Set(
        replies.filter(({ status }) => status === 200).map((reply) => reply.body),
      )
      if (bytes.size > 1) wrong.push(`${bytes.size} different answers to one message`)
      counts[last.decision === 'approved' ? 'approved' : 'declined'] += 1
    }
    const atOnce = limiter(KEYS_AT_ONCE)
    await Promise.all(Array.from({ length: DUPLICATED_KEYS }, () => atOnce(sendCopies)))

    expect(slowestMs).toBeLessThanOrEqual(BUDGET_MS + tolerance())
    await untilSettled(own.parts.databaseUrl, 60_000)
    const found = await audit(own.parts.databaseUrl, own.stack.sandbox)
    process.stdout.write(`duplicates: ${JSON.stringify(counts)}\n`)
    expect([...wrong, ...found.mistakes]).toEqual([])
    const kinds = (await card.movements()).map(({ kind }) => kind)
    const debits = kinds.filter((kind) => kind === 'debit').length
    expect(debits).toBeLessThanOrEqual(DUPLICATED_KEYS)
    expect(debits - kinds.filter((kind) => kind === 'credit').length).toBe(counts.approved)
    expect(counts.approved).toBeGreaterThan(0)
  },
  60_000 + DUPLICATED_KEYS * DUPLICATES * 20,
)

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0)
}

/** Repeats a message until it is decided, as a bank does that was told to come again. */
async function askOn(
  bank: Client,
  message: Parameters<typeof sendAuthorization>[1],
): Promise<ReturnType<typeof answerIn>> {
  for (;;) {
    const reply = await sendAuthorization(bank, message)
    if (reply.status === 200) return answerIn(reply)
    await delay(100)
  }
}
