import { expect, test } from 'vitest'
import { aPurchase } from '../support/messages.ts'
import { sharedStack } from '../support/shared-stack.ts'
import { approved, BANKS, TEST_RAILS } from '../support/stack.ts'

const stack = sharedStack()

test.for(BANKS)('every demo card of %s pays, and together they show every rail', async (bank) => {
  const { cards } = stack.demoBank(bank)
  const shown = new Set<string>()
  for (const { token, card } of cards) {
    const answer = approved(await stack.bank(bank).authorize(aPurchase(token)))
    expect(answer.funding?.[0]?.asset).toBe(card?.walletLink?.assets[0])
    shown.add(card?.walletLink?.rail ?? '')
  }
  expect([...shown].toSorted()).toEqual(TEST_RAILS.toSorted())
})
