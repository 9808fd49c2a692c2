import { beforeAll, describe, expect, test, vi } from 'vitest'
import { audit, untilSettled } from '../support/audit.ts'
import { expectInside, watchLag } from '../support/inside.ts'
import { limiter } from '../support/limiter.ts'
import { aPurchase, aReversal } from '../support/messages.ts'
import { ownHouse } from '../support/own-house.ts'
import { patientProgramme } from '../support/patient-programme.ts'
import type { SandboxFault } from '../support/sandbox.ts'
import { BUDGET_MS, decide, recordOf, type TestCard } from '../support/stack.ts'

const SETTLES_WITHIN_MS = 20_000
/** Longer than the longest time after which an exchange's "not found" is final. */
const DOUBT_ENDS_WITHIN_MS = 60_000
const EXCHANGES = ['bybit', 'binance'] as const

// A house of its own, without a breaker: so many faults at once would close an exchange to everybody, as they should.
const own = ownHouse(patientProgramme)

type Exchange = (typeof EXCHANGES)[number]
type Laid = Omit<SandboxFault, 'exchange' | 'wallet'>

type Case = {
  readonly name: string
  readonly faults: readonly Laid[]
  /** The reason that the bank hears, or that it was approved. */
  readonly heard: string
  /** What the exchange has moved in the end. */
  readonly moved: readonly ('debit' | 'credit')[]
  /** Only "not found" can end the doubt, final after half a minute: the last test sees that it does. */
  readonly staysInDoubt?: boolean
}

const debit = (kind: string, more: Partial<Laid> = {}): Laid => ({
  operation: 'debit',
  kind,
  times: 1,
  ...more,
})
const undone = ['debit', 'credit'] as const
const doubt = 'exchange_in_doubt'

const DEBIT_CASES: readonly Case[] = [
  {
    name: 'is slow',
    faults: [debit('delay', { delayMs: 200 })],
    heard: 'approved',
    moved: ['debit'],
  },
  {
    name: 'is silent and did nothing',
    faults: [debit('timeout_before')],
    heard: doubt,
    moved: [],
    staysInDoubt: true,
  },
  { name: 'is silent and executed', faults: [debit('timeout_after')], heard: doubt, moved: undone },
  {
    name: 'hangs up and did nothing',
    faults: [debit('reset_before')],
    heard: doubt,
    moved: [],
    staysInDoubt: true,
  },
  { name: 'hangs up and executed', faults: [debit('reset_after')], heard: doubt, moved: undone },
  {
    name: 'fails and did nothing',
    faults: [debit('error_5xx_before')],
    heard: doubt,
    moved: [],
    staysInDoubt: true,
  },
  { name: 'fails and executed', faults: [debit('error_5xx_after')], heard: doubt, moved: undone },
  {
    name: 'finds no money',
    faults: [debit('insufficient')],
    heard: 'insufficient_funds',
    moved: [],
  },
  {
    name: 'is not done yet, and then is',
    faults: [debit('pending', { delayMs: 1_500 })],
    heard: doubt,
    moved: undone,
  },
  {
    name: 'is not done yet, and then fails',
    faults: [debit('pending_then_failed', { delayMs: 1_500 })],
    heard: doubt,
    moved: [],
  },
  {
    name: 'calls it a duplicate and executed',
    faults: [debit('duplicate_code')],
    heard: doubt,
    moved: undone,
  },
  {
    name: 'calls it a duplicate and did nothing',
    faults: [debit('duplicate_code', { executes: false })],
    heard: doubt,
    moved: [],
    staysInDoubt: true,
  },
  { name: 'answers garbage', faults: [debit('garbage')], heard: doubt, moved: undone },
  {
    name: 'answers for something else',
    faults: [debit('wrong_echo')],
    heard: doubt,
    moved: undone,
  },
  {
    name: 'executed in silence, and does not find it for a while',
    faults: [
      debit('timeout_after'),
      { operation: 'look_up', kind: 'not_found_yet', delayMs: 4_000 },
    ],
    heard: doubt,
    moved: undone,
  },
  {
    name: 'executed in silence, and fails when looked up',
    faults: [debit('timeout_after'), { operation: 'look_up', kind: 'error_5xx_before', times: 3 }],
    heard: doubt,
    moved: undone,
  },
]

const credit = (kind: string, more: Partial<Laid> = {}): Laid => ({
  operation: 'credit',
  kind,
  times: 1,
  ...more,
})

/** After each of these the purchase is reversed, and its credit meets the fault. */
const CREDIT_CASES: readonly Laid[] = [
  credit('timeout_before'),
  credit('timeout_after'),
  credit('reset_before'),
  credit('reset_after'),
  credit('error_5xx_before'),
  credit('error_5xx_after'),
  credit('garbage'),
  credit('insufficient', { times: 2 }),
  credit('duplicate_code'),
]

/** Bybit keeps a refund that it refused under its number for ever: a person must see to it. */
function isHealed(exchange: Exchange, { kind }: Laid): boolean {
  return exchange !== 'bybit' || kind !== 'insufficient'
}

/** Binance does not promise to take a transfer only once: one that may be late is not sent again before it is sure. */
function creditStaysInDoubt(exchange: Exchange, { kind }: Laid): boolean {
  return exchange === 'binance' && kind.endsWith('_before')
}

async function troubledCard(exchange: Exchange, faults: readonly Laid[]): Promise<TestCard> {
  const card = await own().stack.openCard({ exchange })
  for (const fault of faults)
    await own().stack.sandbox.layFault({ exchange, wallet: card.wallet, ...fault })
  return card
}

/** Pays, and waits until all that can be known of it soon is known. */
async function payToTheEnd(exchange: Exchange, { faults, staysInDoubt = false }: Case) {
  const card = await troubledCard(exchange, faults)
  const lag = watchLag()
  const { reply, answer } = await decide(own().stack.bank(), aPurchase(card.token))
  const paid = { reply, answer, lagMs: lag() }
  const record = await settled(answer.authorizationId, staysInDoubt)
  return { ...paid, record, movements: await card.movements(), balance: await card.balance() }
}

async function reverseToTheEnd(exchange: Exchange, fault: Laid) {
  const card = await troubledCard(exchange, [fault])
  const { answer } = await decide(own().stack.bank(), aPurchase(card.token))
  await own().stack.bank().reverse(aReversal(answer.authorizationId))
  const record = await settled(answer.authorizationId, creditStaysInDoubt(exchange, fault))
  return { record, movements: await card.movements(), balance: await card.balance() }
}

async function settled(id: string, staysInDoubt: boolean) {
  return vi.waitFor(
    async () => {
      const record = await recordOf(own().stack.bank(), id)
      const states = new Set(record.movements.map(({ state }) => state))
      const isOpen = states.has('intended') || states.has('in_doubt') !== staysInDoubt
      if (isOpen) throw new Error(`still open: ${JSON.stringify(record.movements)}`)
      return record
    },
    { timeout: SETTLES_WITHIN_MS, interval: 100 },
  )
}

const paying = new Map<string, ReturnType<typeof payToTheEnd>>()
const reversing = new Map<string, ReturnType<typeof reverseToTheEnd>>()

/** Many side by side, because most of their time is waiting; not all, or the machine would be what is tested. */
const AT_ONCE = 10

beforeAll(() => {
  const atOnce = limiter(AT_ONCE)
  for (const exchange of EXCHANGES) {
    for (const given of DEBIT_CASES)
      paying.set(`${exchange} ${given.name}`, kept(atOnce(() => payToTheEnd(exchange, given))))
    for (const fault of CREDIT_CASES.filter((each) => isHealed(exchange, each)))
      reversing.set(
        `${exchange} ${fault.kind}`,
        kept(atOnce(() => reverseToTheEnd(exchange, fault))),
      )
  }
})

/** Its test will look at it; until then a failure is no unhandled one. */
function kept<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined)
  return promise
}

const WHOLE = { bybit: '1000.000000', binance: '1000.00000000' } as const

describe.for(EXCHANGES)('when %s', (exchange) => {
  test.for(DEBIT_CASES)('$name, the bank hears $heard', async (given) => {
    const { name, heard, moved, staysInDoubt } = given
    const { reply, answer, lagMs, record, movements, balance } =
      (await paying.get(`${exchange} ${name}`)) ?? expect.unreachable()
    expect(answer.reason ?? answer.decision).toBe(heard)
    expectInside(reply, BUDGET_MS, lagMs)
    expect(movements.map(({ kind }) => kind)).toEqual(moved)
    if (heard !== 'approved') expect(balance).toBe(WHOLE[exchange])
    expect(record.answer).toEqual(answer)
    const unmoved = { kind: 'debit', state: staysInDoubt ? 'in_doubt' : 'refused' }
    expect(record.movements.map(({ kind, state }) => ({ kind, state }))).toEqual(
      moved.length > 0 ? moved.map((kind) => ({ kind, state: 'executed' })) : [unmoved],
    )
  })

  test.for(CREDIT_CASES.filter((fault) => isHealed(exchange, fault)))(
    'meets a credit with $kind, it is never executed twice',
    async (fault) => {
      const { record, movements, balance } =
        (await reversing.get(`${exchange} ${fault.kind}`)) ?? expect.unreachable()
      const staysInDoubt = creditStaysInDoubt(exchange, fault)
      const states = record.movements.map(({ state }) => state)
      expect(states).toEqual(['executed', staysInDoubt ? 'in_doubt' : 'executed'])
      expect(movements.map(({ kind }) => kind)).toEqual(staysInDoubt ? ['debit'] : undone)
      if (!staysInDoubt) expect(balance).toBe(WHOLE[exchange])
    },
  )
})

test('in the end nothing is in doubt, and exchange and ledger agree', async () => {
  const { house, stack } = own()
  await untilSettled(house.database.url, DOUBT_ENDS_WITHIN_MS)
  const { mistakes, ...counts } = await audit(house.database.url, stack.sandbox)
  expect(mistakes).toEqual([])
  expect(counts.authorizations).toBeGreaterThanOrEqual(paying.size + reversing.size)
}, 90_000)
