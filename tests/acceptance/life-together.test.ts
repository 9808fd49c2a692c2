import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { LIVES_BEGIN_WITHIN_MS, RUNS, SEED } from '../setup/numbers.ts'
import { openDatabase } from '../support/database.ts'
import { anIntent, type Intent, resolve } from '../support/life/intents.ts'
import {
  type Counts,
  count,
  openSubject,
  type Possible,
  perform,
  type Subject,
  settleAndCompare,
  step,
} from '../support/life/steps.ts'
import type { ModelMessage } from '../support/model/message.ts'
import { possibleInAnyOrder } from '../support/model/possible.ts'
import { sharedStack } from '../support/shared-stack.ts'

const stack = sharedStack()
const database = openDatabase(stack.databaseUrl)
afterAll(() => database.close())

const AT_ONCE = 6

/** Before: what the messages that come together are about. Nothing that is only expected. */
const before = fc.tuple(
  anIntent(['authorize']),
  fc.array(anIntent(['authorize', 'increment', 'advise', 'lower', 'clear']), { maxLength: 2 }),
)
/** Together: whatever order they are seen in is right, if it is one order for all that they did. */
const together = fc.array(
  anIntent([
    'authorize',
    'increment',
    'reverse',
    'lower',
    'clear',
    'refund',
    'expire_early',
    'reverse_early',
    'clear_early',
  ]),
  { minLength: 2, maxLength: 4 },
)

test(
  'messages of one card that come together leave what some order of them leaves, in answers, ledger and exchange',
  async () => {
    const counts: Counts = {}
    const lastBegin = performance.now() + LIVES_BEGIN_WITHIN_MS
    const lanes = Array.from({ length: Math.min(AT_ONCE, RUNS) }, (_, lane) =>
      fc.assert(
        fc.asyncProperty(before, together, async ([first, more], burst) => {
          if (performance.now() > lastBegin) return
          const wallet = lane % 2 === 0 ? 'bybit' : 'binance'
          const subject = await openSubject(stack, database, { wallet, counts })
          count(counts, 'cards')
          for (const intent of [first, ...more])
            for (const message of planned(subject, [intent])) await step(subject, message)
          await sendTogether(subject, burst)
        }),
        {
          seed: SEED * 100 + lane,
          numRuns: Math.ceil(RUNS / AT_ONCE),
          endOnFailure: true,
        },
      ),
    )
    const results = await Promise.allSettled(lanes)
    process.stdout.write(`together (SEED=${SEED}): ${JSON.stringify(counts)}\n`)
    for (const result of results) if (result.status === 'rejected') throw result.reason
    expect(counts['together']).toBeGreaterThan(0)
  },
  120_000 + RUNS * 5_000,
)

/** The messages that intents mean, planned on what stands now; what is expected comes with those that expect it. */
function planned(subject: Subject, intents: readonly Intent[]): readonly ModelMessage[] {
  return intents.flatMap((intent) => {
    const { current } = subject.plan
    const resolved = resolve(intent, current)
    subject.plan.current = { ...current, next: current.next + 1 }
    if (!resolved) return []
    const { message, expects } = resolved
    if (expects) subject.life.prepare(expects)
    return expects ? [message, expects] : [message]
  })
}

async function sendTogether(subject: Subject, intents: readonly Intent[]): Promise<void> {
  const messages = planned(subject, intents).slice(0, 5)
  const start = subject.plan.current.money
  await Promise.all(messages.map((message) => perform(subject, message)))
  const possible: Possible = (between) => possibleInAnyOrder(start, messages, between)
  await settleAndCompare(subject, possible, { areDecisionsSlow: true })
  count(subject.counts, 'together')
  for (const { kind } of messages) count(subject.counts, kind)
}
