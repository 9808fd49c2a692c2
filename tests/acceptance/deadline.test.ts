import { createClient } from '@tolem/client'
import { signingKeyOf } from '@tolem/client/demo-file'
import { expect, test } from 'vitest'
import { expectInside, watchLag } from '../support/inside.ts'
import { aPurchase } from '../support/messages.ts'
import type { SandboxFault } from '../support/sandbox.ts'
import { sharedStack } from '../support/shared-stack.ts'
import { BUDGET_MS, decide, recordOf, type TestCard } from '../support/stack.ts'

const stack = sharedStack()

type DebitFault = Pick<SandboxFault, 'kind' | 'delayMs' | 'probability' | 'times'>

/** A card whose exchange fails as told, each time it is asked to debit this wallet. */
async function troubledCard(exchange: 'bybit' | 'binance', fault: DebitFault): Promise<TestCard> {
  const card = await stack.openCard({ exchange })
  await stack.sandbox.layFault({ exchange, operation: 'debit', wallet: card.wallet, ...fault })
  return card
}

/** One purchase, with how long this process stood still meanwhile. */
async function pay(card: TestCard, headers: Readonly<Record<string, string>> = {}) {
  const lag = watchLag()
  const paid = await decide(stack.bank(), aPurchase(card.token), headers)
  return { ...paid, lagMs: lag() }
}

async function expectCreditedOnce(card: TestCard, whole: string): Promise<void> {
  await expect
    .poll(async () => (await card.movements()).map(({ kind }) => kind), { timeout: 15_000 })
    .toEqual(['debit', 'credit'])
  expect(await card.balance()).toBe(whole)
}

const EXCHANGES = [
  { exchange: 'bybit', whole: '1000.000000' },
  { exchange: 'binance', whole: '1000.00000000' },
] as const

test.for(EXCHANGES)(
  'when $exchange is silent after executing, declines in time and credits back within seconds, once',
  async ({ exchange, whole }) => {
    const card = await troubledCard(exchange, { kind: 'timeout_after' })
    const { reply, answer, lagMs } = await pay(card)
    expect(answer).toMatchObject({
      decision: 'declined',
      reason: 'exchange_in_doubt',
      responseCode: '91',
    })
    expectInside(reply, BUDGET_MS, lagMs)
    await expectCreditedOnce(card, whole)
    await expect
      .poll(() => recordOf(stack.bank(), answer.authorizationId), { timeout: 10_000 })
      .toMatchObject({
        state: 'declined',
        movements: [
          { kind: 'debit', state: 'executed' },
          { kind: 'credit', state: 'executed' },
        ],
      })
  },
)

test.for(EXCHANGES)(
  'when $exchange is silent without executing, declines in time and moves nothing',
  async ({ exchange, whole }) => {
    const card = await troubledCard(exchange, { kind: 'timeout_before' })
    const { reply, answer, lagMs } = await pay(card)
    expect(answer).toMatchObject({ reason: 'exchange_in_doubt', responseCode: '91' })
    expectInside(reply, BUDGET_MS, lagMs)
    // That the doubt ends, and without a credit, takes half a minute: the stack's teardown sees to it for all files.
    await expect
      .poll(async () => (await recordOf(stack.bank(), answer.authorizationId)).movements)
      .toMatchObject([{ kind: 'debit', state: 'in_doubt' }])
    expect(await card.movements()).toEqual([])
    expect(await card.balance()).toBe(whole)
  },
)

test.for(EXCHANGES)('approves when $exchange is slow but in time', async ({ exchange }) => {
  const card = await troubledCard(exchange, { kind: 'delay', delayMs: 300 })
  const { reply, answer, lagMs } = await pay(card)
  expect(answer.decision).toBe('approved')
  expectInside(reply, BUDGET_MS, lagMs)
  expect(await card.movements()).toHaveLength(1)
})

test('declines when Bybit executes just too late, and credits back what it then took', async () => {
  const card = await troubledCard('bybit', { kind: 'delay', delayMs: BUDGET_MS + 200 })
  const { reply, answer, lagMs } = await pay(card)
  expect(answer).toMatchObject({ decision: 'declined', responseCode: '91' })
  expectInside(reply, BUDGET_MS, lagMs)
  await expectCreditedOnce(card, '1000.000000')
})

test('declines when Binance is just too late, whose window then keeps the money where it is', async () => {
  const card = await troubledCard('binance', { kind: 'delay', delayMs: BUDGET_MS + 200 })
  const { reply, answer, lagMs } = await pay(card)
  expect(answer).toMatchObject({ decision: 'declined', responseCode: '91' })
  expectInside(reply, BUDGET_MS, lagMs)
  await stack.sandbox.liftFaults({ wallet: card.wallet })
  expect((await pay(card)).answer.decision).toBe('approved')
  expect(await card.movements()).toHaveLength(1)
})

/** Reasons with which nothing was sent. */
const NOT_ASKED = ['deadline_exceeded', 'exchange_unavailable']

test('a request may shorten its budget, and is answered inside it', async () => {
  const card = await troubledCard('bybit', { kind: 'delay', delayMs: 400 })
  // A machine that is busy for a moment comes too late to ask the exchange at all, as does one whom others' faults
  // keep from it: the next purchase may not.
  for (let reason: string | undefined; reason !== 'exchange_in_doubt'; ) {
    const { reply, answer, lagMs } = await pay(card, { 'response-budget-ms': '300' })
    expectInside(reply, 300, lagMs)
    expect(answer).toMatchObject({ decision: 'declined', responseCode: '91' })
    expect(answer.reason).toBeOneOf(['exchange_in_doubt', ...NOT_ASKED])
    reason = answer.reason
  }
  await expectCreditedOnce(card, '1000.000000')
})

test.for(['0', '-1', 'soon', '300;x'])(
  'a budget of %j does not shorten the bank’s own',
  async (asked) => {
    const card = await troubledCard('binance', { kind: 'delay', delayMs: 150 })
    const { reply, answer, lagMs } = await pay(card, { 'response-budget-ms': asked })
    expect(answer.decision).toBe('approved')
    expectInside(reply, BUDGET_MS, lagMs)
  },
)

test.for(['3000', '1e9'])('a budget of %j does not lengthen the bank’s own', async (asked) => {
  const card = await troubledCard('binance', { kind: 'delay', delayMs: 1_500 })
  const { reply, answer, lagMs } = await pay(card, { 'response-budget-ms': asked })
  expect(answer).toMatchObject({ decision: 'declined', responseCode: '91' })
  expectInside(reply, BUDGET_MS, lagMs)
})

test('every one of 60 concurrent purchases is answered in time while the exchange stumbles', async () => {
  const card = await stack.openCard({ exchange: 'binance', holds: '100000' })
  for (const kind of ['timeout_after', 'error_5xx_after', 'reset_after', 'delay'])
    await stack.sandbox.layFault({
      exchange: 'binance',
      operation: 'debit',
      wallet: card.wallet,
      kind,
      probability: 0.2,
      delayMs: 300,
    })
  const paid = await Promise.all(Array.from({ length: 60 }, () => pay(card)))
  for (const { reply, lagMs } of paid) expectInside(reply, BUDGET_MS, lagMs)
  const decisions = paid.map(({ answer }) => answer.decision)
  const approvals = decisions.filter((decision) => decision === 'approved').length
  const net = async () => {
    const kinds = (await card.movements()).map(({ kind }) => kind)
    return kinds.filter((kind) => kind === 'debit').length * 2 - kinds.length
  }
  await expect.poll(net, { timeout: 20_000 }).toBe(approvals)
})

test('a bank that hangs up hears the same decision when it asks again, and pays once', async () => {
  const card = await troubledCard('bybit', { kind: 'delay', delayMs: 400, times: 1 })
  const key = signingKeyOf(stack.demoBank('halyk'))
  const impatient = createClient({ url: stack.demo.url, key, timeoutMs: 200 })
  const purchase = aPurchase(card.token)
  expect(await impatient.authorize(purchase)).toMatchObject({ kind: 'unreachable' })
  await impatient.close()
  const { answer: again } = await decide(stack.bank(), { ...purchase, repeat: true })
  const record = await recordOf(stack.bank(), again.authorizationId)
  expect(record.answer).toEqual(again)
  const kinds = (await card.movements()).map(({ kind }) => kind)
  expect(kinds).toEqual(again.decision === 'approved' ? ['debit'] : ['debit', 'credit'])
})
