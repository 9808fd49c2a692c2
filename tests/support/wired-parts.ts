import { createRandom } from '@tolem/testing/random'
import { afterAll, beforeAll, expect } from 'vitest'
import type { Wires } from '../setup/parts.ts'
import type { Environment } from '../setup/service.ts'
import { audit, untilSettled } from './audit.ts'
import { watchLag } from './inside.ts'
import { newTally, openAllCards, payUntil, repeatAll, type Tally, tell } from './load.ts'
import { aPurchase } from './messages.ts'
import { type OwnParts, startOwnParts } from './own-parts.ts'
import {
  answerIn,
  BUDGET_MS,
  sendAuthorization,
  type TestCard,
  TOLERANCE_MS,
  totalMs,
} from './stack.ts'

/** A deployment with cards of every kind. */
export type PaidParts = OwnParts & { readonly cards: readonly [TestCard, ...TestCard[]] }

/** One whose wires can be broken as well. */
export type WiredParts = PaidParts & { readonly wires: Wires }

/** Settlement takes over from itself within seconds: a test waits for what a claim that was lost leaves behind. */
const SHORT_LEASES = {
  LEASE_MS: '3000',
  CREDIT_TIMEOUT_MS: '1000',
  DEBIT_TIMEOUT_MS: '1000',
  CONVERSION_TIMEOUT_MS: '1000',
  WEBHOOK_TIMEOUT_MS: '1000',
  BACKOFF_LONGEST_MS: '2000',
}

/** A doubt ends three seconds after it began, a lost claim after as many; a busy machine takes its time besides. */
const SETTLED_WITHIN_MS = 90_000

/**
 * One for a file, durable, in a way that `get` gives it to the tests; nothing where the machine has no Redis.
 * `environment` is told to authorizers and settlements.
 */
export function ownWiredParts(
  tests: number,
  environment: Environment = {},
): { readonly get: () => WiredParts | undefined } {
  let own: WiredParts | undefined
  let close: (() => Promise<void>) | undefined
  beforeAll(async () => {
    const started = await startOwnParts(tests, {
      wired: true,
      durable: true,
      environment: { ...SHORT_LEASES, ...environment },
    })
    close = started?.close
    const [first, ...others] = started ? await openAllCards(started.stack) : []
    if (started?.parts.wires && first)
      own = { ...started, wires: started.parts.wires, cards: [first, ...others] }
  }, 120_000)
  afterAll(() => close?.())
  return { get: () => own }
}

/** What is wrong in a machine, a fault at a time: it is made, felt by a purchase, mended, and left behind. */
export type Trouble<Own extends PaidParts = WiredParts> = {
  readonly name: string
  readonly make: (own: Own) => Promise<unknown>
  /** What a new purchase is answered once it is felt: a decision, a reason, a problem. Without it nothing need be. */
  readonly felt?: readonly string[]
  readonly mend?: (own: Own) => Promise<unknown>
}

/** What a run is called, and how it is made. */
export type Run = {
  readonly name: string
  readonly seed: number
  readonly payers?: number
  /** The authorizer itself stands still: no answer can be in time then, but none that is late may approve. */
  readonly stopsUs?: boolean
}

/** {@link payThrough} one trouble after the other; a purchase is approved again after each. Prints what each did. */
export async function payThroughTroubles<Own extends PaidParts>(
  own: Own,
  run: Run,
  troubles: readonly Trouble<Own>[],
): Promise<readonly string[]> {
  return payThrough(own, run, async (tally) => {
    for (const { name, make, felt, mend } of troubles) {
      const before = sumsOf(tally)
      const startedAt = performance.now()
      await make(own)
      try {
        if (felt) await untilAnswered(own, felt)
      } finally {
        await mend?.(own)
      }
      const mendedAt = performance.now()
      await untilAnswered(own, ['approved'])
      const after = sumsOf(tally)
      const did = Object.entries(after).map(([what, sum]) => `${what} ${sum - (before[what] ?? 0)}`)
      const [forMs, backMs] = [mendedAt - startedAt, performance.now() - mendedAt].map(Math.round)
      process.stdout.write(`  ${name}: ${forMs} ms, back after ${backMs} ms; ${did.join(', ')}\n`)
    }
  })
}

function sumsOf({ approved, declined, undecided }: Tally): Readonly<Record<string, number>> {
  return { approved, declined, ...Object.fromEntries(undecided) }
}

/**
 * Pays with all cards while `trouble` makes trouble, then asks for every answer again and compares the books with the
 * exchange's record. Gives everything that is wrong, and prints what was counted.
 */
export async function payThrough(
  own: PaidParts,
  { name, seed, payers = 6, stopsUs = false }: Run,
  trouble: (tally: Tally) => Promise<unknown>,
): Promise<readonly string[]> {
  const { parts, stack, cards } = own
  const tally = newTally()
  const before = pidsOf(own)
  const tolerance = watchMachine()
  await untilAnswered(own, ['approved'])
  const work = async () => void (await trouble(tally))
  await payUntil({ stack, cards, tally }, createRandom(seed), work, payers)
  const toleranceMs = tolerance()
  await untilAnswered(own, ['approved'])
  await repeatAll(stack, tally, 8)
  await untilSettled(parts.databaseUrl, SETTLED_WITHIN_MS)
  const { mistakes, ...counts } = await audit(parts.databaseUrl, stack.sandbox)
  const heard = `${tell(tally)} against ${JSON.stringify(counts)}, ${Math.round(toleranceMs)} ms tolerated`
  process.stdout.write(`${name} (SEED=${seed}): ${heard}\n`)
  const unanswered = tally.undecided.get('no reply') ?? 0
  return [
    ...mistakesIn(tally, stopsUs ? STOPPED_AT_MOST_MS : toleranceMs),
    ...(stopsUs ? lateApprovals(tally, toleranceMs) : []),
    ...mistakes,
    ...(unanswered > 0 ? [`${unanswered} got no reply`] : []),
    ...(JSON.stringify(pidsOf(own)) === JSON.stringify(before) ? [] : ['a process is another']),
  ]
}

/**
 * By how much an answer may be late: as existing tests grant, and twice what this process itself had to wait for its
 * processor, so that it is not the machine that is tested.
 */
export function watchMachine(): () => number {
  const lag = watchLag()
  return () => TOLERANCE_MS + 2 * lag()
}

/** What broke a promise, without the answers that were late by less than the machine was. */
export function mistakesIn({ mistakes }: Tally, toleranceMs: number): readonly string[] {
  return mistakes.filter((mistake) => lateMs(mistake) > toleranceMs)
}

/** Of a mistake that is only an answer beyond the budget; any other is later than anything. */
function lateMs(mistake: string): number {
  const found = /^answered \d+ after ([0-9.]+) ms$/.exec(mistake)
  return found ? Number(found[1]) - BUDGET_MS : Number.POSITIVE_INFINITY
}

/** Longer than any test stops the authorizer for, and shorter than a bank waits here. */
const STOPPED_AT_MOST_MS = 9_000

function lateApprovals({ answered }: Tally, toleranceMs: number): readonly string[] {
  return answered.flatMap(({ reply }) => {
    if (reply?.status !== 200 || totalMs(reply) <= BUDGET_MS + toleranceMs) return []
    return answerIn(reply).decision === 'approved' ? [`approved after ${totalMs(reply)} ms`] : []
  })
}

/** Signal 0 only asks: these processes are the ones that were started, and live. */
function pidsOf({ parts }: OwnParts): readonly number[] {
  const pids = [parts.authorizer, parts.settlement].map((service) => service.pid())
  for (const pid of pids) process.kill(pid, 0)
  return pids
}

const ANSWERED_WITHIN_MS = 30_000

/** Asks with a new purchase, again and again, until it is answered so: a decision, a decline's reason, a problem. */
export async function untilAnswered(own: PaidParts, expected: readonly string[]): Promise<void> {
  const [card] = own.cards
  const ask = async () => {
    const reply = await sendAuthorization(own.stack.bank(card.bank), aPurchase(card.token))
    const { type, reason, decision } = JSON.parse(reply.body)
    return String(type ?? reason ?? decision)
  }
  await expect.poll(ask, { timeout: ANSWERED_WITHIN_MS, interval: 50 }).toBeOneOf([...expected])
}
