import { createClient } from '@tolem/client'
import { signingKeyOf } from '@tolem/client/demo-file'
import { expect, test } from 'vitest'
import { aPurchase } from '../support/messages.ts'
import type { SandboxFault } from '../support/sandbox.ts'
import { sharedStack } from '../support/shared-stack.ts'
import {
  BUDGET_MS,
  decide,
  recordOf,
  type TestCard,
  TOLERANCE_MS,
  totalMs,
} from '../support/stack.ts'

const stack = sharedStack()

type DebitFault = Pick<SandboxFault, 'kind' | 'delayMs' | 'probability' | 'times'>

/** A card whose exchange fails as told, each time it is asked to debit this wallet. */
async function troubledCard(exchange: 'bybit' | 'binance', fault: DebitFault): Promise<TestCard> {
  const card = await stack.openCard({ exchange })
  await stack.sandbox.layFault({ exchange, operation: 'debit', wallet: card.wallet, ...fault })
  return card
}

function pay(card: TestCard, headers: Readonly<Record<string, string>> = {}) {
  return decide(stack.bank(), aPurchase(card.token), headers)
}

function expectInside(reply: Awaited<ReturnType<typeof pay>>['reply'], budgetMs: number): void {
  expect(totalMs(reply)).toBeLessThanOrEqual(budgetMs)
  expect(reply.waitedMs).toBeLessThanOrEqual(budgetMs + TOLERANCE_MS)
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
    const { reply, answer } = await pay(card)
    expect(answer).toMatchObject({
      decision: 'declined',
      reason: 'exchange_in_doubt',
      responseCode: '91',
    })
    expectInside(reply, BUDGET_MS)
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
    const { reply, answer } = await pay(card)
    expect(answer).toMatchObject({ reason: 'exchange_in_doubt', responseCode: '91' })
    expectInside(reply, BUDGET_MS)
    // That the doubt ends, and without a credit, takes half a minute: the stack's teardown sees to it for all files.
    await expect
      .poll(async () => (await recordOf(stack.bank(), answer.authorizationId)).movements)
      .toMatchObject([{ kind: 'debit', state: 'in_doubt' }])
    expect(await card.movements()).toEqual([])
    expect(await card.balance()).toBe(whole)
  },
)

test.for(EXCHANGES)('approves when $exchange is slow but in time', async ({ exchange }) => {
  const card = await troubledCard(exchange, { kind: 'delay', delayMs: 500 })
  const { reply, answer } = await pay(card)
  expect(answer.decision).toBe('approved')
  expectInside(reply, BUDGET_MS)
  expect(await card.movements()).toHaveLength(1)
})

test('declines when Bybit executes just too late, and credits back what it then took', async () => {
  const card = await troubledCard('bybit', { kind: 'delay', delayMs: BUDGET_MS + 200 })
  const { reply, answer } = await pay(card)
  expect(answer).toMatchObject({ decision: 'declined', responseCode: '91' })
  expectInside(reply, BUDGET_MS)
  await expectCreditedOnce(card, '1000.000000')
})

test('declines when Binance is just too late, whose window then keeps the money where it is', async () => {
  const card = await troubledCard('binance', { kind: 'delay', delayMs: BUDGET_MS + 200 })
  const { reply, answer } = await pay(card)
  expect(answer).toMatchObject({ decision: 'declined', responseCode: '91' })
  expectInside(reply, BUDGET_MS)
  await stack.sandbox.liftFaults({ wallet: card.wallet })
  expect((await pay(card)).answer.decision).toBe('approved')
  expect(await card.movements()).toHaveLength(1)
})

test('a request may shorten its budget, and is answered inside it', async () => {
  const card = await troubledCard('bybit', { kind: 'delay', delayMs: 400 })
  const { reply, answer } = await pay(card, { 'response-budget-ms': '300' })
  expect(answer).toMatchObject({ decision: 'declined', responseCode: '91' })
  expectInside(reply, 300)
  await expectCreditedOnce(card, '1000.000000')
})

test.for(['3000', '0', '-1', '1e9', 'soon', '300;x'])(
  'a budget of %j leaves the bank’s own in force',
  async (asked) => {
    const card = await troubledCard('binance', { kind: 'delay', delayMs: 350 })
    const { reply, answer } = await pay(card, { 'response-budget-ms': asked })
    expect(answer.decision).toBe('approved')
    expectInside(reply, BUDGET_MS)
  },
)

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
  for (const { reply } of paid) expectInside(reply, BUDGET_MS)
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
