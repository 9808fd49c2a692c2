import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '@tolem/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { audit, untilSettled } from '../support/audit.ts'
import { ask } from '../support/life/calls.ts'
import { aPurchase, aReversal } from '../support/messages.ts'
import { need, type OwnParts, startOwnParts } from '../support/own-parts.ts'
import { decide, type TestCard } from '../support/stack.ts'
import { buyUntilApproved } from '../support/surely.ts'

const PURCHASES = 40
const ROUNDS = 4

let own: OwnParts | undefined

beforeAll(async () => {
  own = await startOwnParts(1)
}, 120_000)

afterAll(() => own?.close())

test('settlement killed again and again while two of it race: each debit in doubt is credited once', {
  timeout: 120_000,
}, async (context) => {
  need(own, context)
  const { parts, stack } = own
  const doubtful = await stack.openCard({ exchange: 'bybit', holds: '100000' })
  const reversed = await stack.openCard({ exchange: 'binance', holds: '100000' })
  await troubles(doubtful)
  const bank = stack.bank()
  const other = await parts.anotherSettlement()
  await other.start()

  let mayHaveDebited = 0
  const buyBoth = async (): Promise<void> => {
    await buyInDoubt(bank, doubtful)
    const paid = await buyUntilApproved(bank, () => aPurchase(reversed.token))
    mayHaveDebited += paid.doubtful
    await ask(bank, 'reversals', aReversal(paid.answer.authorizationId))
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    const buying = Array.from({ length: PURCHASES / ROUNDS }, buyBoth)
    const victim = round % 2 === 0 ? parts.settlement : other
    await victim.stop('SIGKILL')
    await victim.start()
    await Promise.all(buying)
  }
  await untilSettled(parts.databaseUrl, 60_000)
  await other.stop('SIGTERM')

  const found = await audit(parts.databaseUrl, stack.sandbox)
  expect(found.mistakes).toEqual([])
  expect(await doubtful.balance()).toBe('100000.000000')
  expect(await reversed.balance()).toBe('100000.00000000')
  for (const [card, more] of [
    [doubtful, 0],
    [reversed, mayHaveDebited],
  ] as const) {
    const kinds = (await card.movements()).map(({ kind }) => kind)
    const debits = kinds.filter((kind) => kind === 'debit').length
    expect(debits).toBeGreaterThanOrEqual(PURCHASES)
    expect(debits).toBeLessThanOrEqual(PURCHASES + more)
    expect(kinds.filter((kind) => kind === 'credit')).toHaveLength(debits)
  }
})

/** Buys until the exchange was asked: while so many of its answers are lost it is not asked at all, again and again. */
async function buyInDoubt(bank: Client, card: TestCard): Promise<void> {
  for (;;) {
    const { answer } = await decide(bank, aPurchase(card.token))
    if (answer.reason === 'exchange_in_doubt') return
    expect(answer.reason).toBe('exchange_unavailable')
    await sleep(100)
  }
}

/** Every debit happens and its answer is lost; some credits and look-ups are lost as well. */
async function troubles({ exchange, wallet }: TestCard): Promise<void> {
  const lay = own?.stack.sandbox.layFault
  await lay?.({ exchange, wallet, operation: 'debit', kind: 'error_5xx_after' })
  await lay?.({ exchange, wallet, operation: 'credit', kind: 'error_5xx_after', probability: 0.3 })
  await lay?.({
    exchange,
    wallet,
    operation: 'look_up',
    kind: 'error_5xx_before',
    probability: 0.3,
  })
}
