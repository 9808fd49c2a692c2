import { expect, test } from 'vitest'
import { aPurchase } from '../support/messages.ts'
import { ownHouse } from '../support/own-house.ts'
import { decide, type TestCard } from '../support/stack.ts'

// A house of its own: an exchange that turns us away does so for every wallet.
const own = ownHouse()

async function bannedCard(exchange: 'bybit' | 'binance', kind: string, delayMs: number) {
  const { stack } = own()
  const card = await stack.openCard({ exchange })
  const fault = {
    exchange,
    operation: 'debit',
    wallet: card.wallet,
    kind,
    times: 1,
    delayMs,
  } as const
  await stack.sandbox.layFault(fault)
  return card
}

async function pay(card: TestCard) {
  const { answer } = await decide(own().stack.bank(), aPurchase(card.token))
  return answer
}

test.for([
  { exchange: 'bybit', kind: 'too_many_requests' },
  { exchange: 'binance', kind: 'too_many_requests' },
  { exchange: 'binance', kind: 'ban' },
] as const)('when $exchange answers $kind, declines and pays again by itself', async (given) => {
  const { exchange, kind } = given
  const card = await bannedCard(exchange, kind, 1_500)
  expect(await pay(card)).toMatchObject({ reason: 'exchange_unavailable', responseCode: '91' })
  expect(await card.movements()).toEqual([])
  await expect
    .poll(async () => (await pay(card)).decision, { timeout: 20_000, interval: 200 })
    .toBe('approved')
  expect(await card.movements()).toHaveLength(1)
})

test('when Bybit answers ban, declines without asking again, because it bans for ten minutes', async () => {
  const card = await bannedCard('bybit', 'ban', 1)
  for (let count = 0; count < 3; count += 1)
    expect(await pay(card)).toMatchObject({ reason: 'exchange_unavailable', responseCode: '91' })
  expect(await card.movements()).toEqual([])
})
