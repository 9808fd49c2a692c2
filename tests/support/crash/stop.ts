import { expect } from 'vitest'
import { untilSettled } from '../audit.ts'
import { ask } from '../life/calls.ts'
import { aPurchase, aReversal } from '../messages.ts'
import type { Sandbox } from '../sandbox.ts'
import { TEST_RAILS, type TestCard } from '../stack.ts'
import { buyUntilApproved } from '../surely.ts'
import type { Site } from './site.ts'

/**
 * A settlement is stopped (SIGSTOP) after its last look at the clock and before it signs a credit over each rail, for
 * longer than its lease: another one finishes the credits. Then it goes on. Gives what it did that it may not do.
 */
export async function stopBeforeCredits({ own, stack }: Site): Promise<readonly string[]> {
  const { parts } = own
  const { settlement, databaseUrl } = parts
  await settlement.stop('SIGKILL')
  const cards = await Promise.all(TEST_RAILS.map((rail) => stack.openCard({ rail })))
  const bank = stack.bank()
  const mayHaveDebited = new Map<TestCard, number>()
  for (const card of cards) {
    const { message, doubtful } = await buyUntilApproved(bank, () => aPurchase(card.token))
    mayHaveDebited.set(card, doubtful)
    await ask(bank, 'reversals', aReversal(message))
  }
  settlement.launch({ CRASH_AT: `settle.before_credit:${cards.length}:stop` })
  await expect
    .poll(settlement.printed, { timeout: 20_000 })
    .toMatch(/settle.before_credit, [0-9]+ came/)
  const came = Number(/([0-9]+) came/.exec(settlement.printed())?.[1])
  const other = await parts.anotherSettlement()
  try {
    await other.start()
    await untilSettled(databaseUrl, 60_000)
    const before = await countCreditCalls(stack.sandbox)
    process.kill(settlement.pid(), 'SIGCONT')
    // It knows that it came too late, of each of them.
    await expect
      .poll(() => settlement.printed().split('claim lost').length - 1, { timeout: 20_000 })
      .toBeGreaterThanOrEqual(came)
    const sent = (await countCreditCalls(stack.sandbox)) - before
    const moved = await Promise.all(
      cards.map((card) => findMistakes(card, mayHaveDebited.get(card) ?? 0)),
    )
    return [...(sent === 0 ? [] : [`${sent} requests sent too late`]), ...moved.flat()]
  } finally {
    await other.stop('SIGTERM')
  }
}

/** What came to the endpoints that give back. */
async function countCreditCalls(sandbox: Sandbox): Promise<number> {
  const { endpoints } = await sandbox.calls()
  return Object.entries(endpoints)
    .filter(([name]) => name.startsWith('POST') && /transfer|refund/i.test(name))
    .reduce((sum, [, { calls }]) => sum + calls, 0)
}

/** One debit, and those of purchases whose end nobody heard; each is given back once. */
async function findMistakes(
  { rail, movements }: TestCard,
  doubtful: number,
): Promise<readonly string[]> {
  const kinds = (await movements()).map(({ kind }) => kind)
  const debits = kinds.filter((kind) => kind === 'debit').length
  const isRight = debits >= 1 && debits <= 1 + doubtful && kinds.length === 2 * debits
  return isRight ? [] : [`${rail}: ${kinds.join(', ')}`]
}
