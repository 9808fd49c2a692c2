import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { LIVES_BEGIN_WITHIN_MS, RUNS, SEED } from '../setup/numbers.ts'
import { openDatabase } from '../support/database.ts'
import { anIntent, type Intent, resolve } from '../support/life/intents.ts'
import {
  type Counts,
  count,
  expectUnchanged,
  openSubject,
  type Subject,
  step,
} from '../support/life/steps.ts'
import { sharedStack } from '../support/shared-stack.ts'

const stack = sharedStack()
const database = openDatabase(stack.databaseUrl)
afterAll(() => database.close())

/** Cards side by side: most of a life is waiting until the card is at rest. */
const AT_ONCE = 8
const STEPS = 16
const WALLETS = ['bybit', 'binance', 'several', 'bybit', 'several', 'binance'] as const

/** What fast-check carries along; the model itself stands in the subject, because settling chooses it. */
type Life = { readonly counts: Counts }
type Command = fc.AsyncCommand<Life, Subject>

/** A step that somebody wants, if by then there is something to do it to. */
function wanted(intent: Intent): Command {
  return {
    check: () => true,
    run: async (_, subject) => {
      const resolved = resolve(intent, subject.plan.current)
      if (!resolved) return
      const { message, expects } = resolved
      const { current } = subject.plan
      const expected = [...current.expected, ...(expects ? [expects] : [])]
      if (expects) subject.life.prepare(expects)
      subject.plan.current = {
        ...current,
        next: current.next + 1,
        expected: expected.filter(({ name }) => name !== message.name),
      }
      await step(subject, message)
    },
    toString: () => JSON.stringify(intent, (_, value) => tell(value)),
  }
}

/** A message that was answered, once more: the same bytes. */
function repeated(pick: number): Command {
  return {
    check: () => true,
    run: async (_, subject) => {
      const name = anyOf(subject, pick)
      if (name === undefined) return
      const before = subject.life.sent.get(name)?.reply
      const reply = await subject.life.again(name, (body) => ({ ...body, repeat: true }))
      expect([reply.status, reply.body]).toEqual([before?.status, before?.body])
      count(subject.counts, 'repeat')
      await expectUnchanged(subject)
    },
    toString: () => `repeat ${pick}`,
  }
}

/** Another message under the network key of one that was answered: refused, and no money. */
function mutated(pick: number): Command {
  return {
    check: () => true,
    run: async (_, subject) => {
      const name = anyOf(subject, pick)
      if (name === undefined) return
      const reply = await subject.life.again(name, changeMeaning)
      expect(reply.status).toBe(422)
      expect(JSON.parse(reply.body)).toMatchObject({ type: '/problems/key_reused' })
      count(subject.counts, 'mutated repeat')
      await expectUnchanged(subject)
    },
    toString: () => `mutate ${pick}`,
  }
}

/** Changes what a message means and not how it is known. */
function changeMeaning(body: object): object {
  const other = { value: '1.11', currency: 'KZT' }
  if ('transactionAmount' in body) return { ...body, transactionAmount: other }
  if ('clearingAmount' in body) return { ...body, clearingAmount: other }
  if ('refundAmount' in body) return { ...body, refundAmount: other }
  return { ...body, replacementAmount: other }
}

function anyOf({ life }: Subject, pick: number): string | undefined {
  const names = [...life.sent.keys()]
  return names[pick % (names.length || 1)]
}

function tell(value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

const aLife = fc.commands(
  [
    anIntent(['authorize']).map(wanted),
    anIntent().map(wanted),
    anIntent().map(wanted),
    anIntent().map(wanted),
    anIntent().map(wanted),
    fc.nat({ max: 99 }).map(repeated),
    fc.nat({ max: 99 }).map(mutated),
  ],
  { maxCommands: STEPS, size: 'max' },
)

test(
  'whatever a bank sends about a card, answers, records, ledger and exchange agree with a simple model of money',
  async () => {
    const counts: Counts = {}
    const lastBegin = performance.now() + LIVES_BEGIN_WITHIN_MS
    const lanes = Array.from({ length: Math.min(AT_ONCE, RUNS) }, (_, lane) =>
      fc.assert(
        fc.asyncProperty(aLife, async (commands) => {
          if (performance.now() > lastBegin) return
          const wallet = WALLETS[lane % WALLETS.length] ?? 'bybit'
          const subject = await openSubject(stack, database, { wallet, counts })
          count(counts, 'cards')
          await fc.asyncModelRun(() => ({ model: { counts }, real: subject }), commands)
        }),
        {
          seed: SEED * 100 + lane,
          numRuns: Math.ceil(RUNS / AT_ONCE),
          // A life takes seconds: the messages of the one that failed say more than a shorter one found in minutes.
          endOnFailure: true,
        },
      ),
    )
    const results = await Promise.allSettled(lanes)
    process.stdout.write(`lives (SEED=${SEED}): ${JSON.stringify(counts)}\n`)
    for (const result of results) if (result.status === 'rejected') throw result.reason
    expect(counts['authorize decision']).toBeGreaterThan(0)
  },
  120_000 + RUNS * 5_000,
)
