import { afterAll, expect, onTestFinished, test } from 'vitest'
import { makeHome, removeHome, startHouse } from '../setup/house.ts'
import { aPurchase, aReversal } from '../support/messages.ts'
import { sharedStack } from '../support/shared-stack.ts'
import { approved, decided, openStack, sendAuthorization } from '../support/stack.ts'

const stack = sharedStack()

test('answers a repeat with the same status and the same bytes, and debits once', async () => {
  const card = await stack.openCard()
  const purchase = aPurchase(card.token)
  const first = await sendAuthorization(stack.bank(), purchase)
  const repeated = { ...purchase, repeat: true, transmittedAt: new Date().toISOString() }
  for (const message of [purchase, repeated]) {
    const again = await sendAuthorization(stack.bank(), message)
    expect([again.status, again.body]).toEqual([first.status, first.body])
    expect(again.headers['content-type']).toBe(first.headers['content-type'])
  }
  expect(first.body).toContain('"approved"')
  expect(await card.movements()).toHaveLength(1)
})

test('the order of the fields and white space do not make another message', async () => {
  const card = await stack.openCard()
  const purchase = aPurchase(card.token)
  const first = await sendAuthorization(stack.bank(), purchase)
  const shuffled = Object.fromEntries(Object.entries(purchase).toReversed())
  const again = await stack.bank().send({
    method: 'POST',
    path: '/v1/authorizations',
    body: JSON.stringify(shuffled, undefined, 3),
  })
  expect(again.body).toBe(first.body)
  expect(await card.movements()).toHaveLength(1)
})

test('a declined message stays declined when the wallet is funded afterwards', async () => {
  const card = await stack.openCard({ exchange: 'binance', holds: '1' })
  const purchase = aPurchase(card.token)
  const first = await sendAuthorization(stack.bank(), purchase)
  expect(first.body).toContain('insufficient_funds')
  await stack.sandbox.putWallet('binance', card.wallet, { balances: { USDT: '1000' } })
  const again = await sendAuthorization(stack.bank(), purchase)
  expect([again.status, again.body]).toEqual([first.status, first.body])
  expect(await card.movements()).toEqual([])
  approved(await stack.bank().authorize(aPurchase(card.token)))
})

test('the same key with another amount, card or merchant is a problem and moves nothing', async () => {
  const card = await stack.openCard()
  const other = await stack.openCard()
  const purchase = aPurchase(card.token)
  approved(await stack.bank().authorize(purchase))
  for (const change of [
    { transactionAmount: { value: '12500.01', currency: 'KZT' } },
    { cardToken: other.token },
    { merchant: { ...purchase.merchant, name: 'Somebody else' } },
  ])
    expect(await stack.bank().authorize({ ...purchase, ...change })).toMatchObject({
      kind: 'problem',
      status: 422,
      problem: { type: '/problems/key_reused' },
    })
  expect(await card.movements()).toHaveLength(1)
  expect(await other.movements()).toEqual([])
})

test('the same key under another bank is another message', async () => {
  const [ours, theirs] = await Promise.all([stack.openCard(), stack.openCard({ bank: 'altyn' })])
  const purchase = aPurchase(ours.token)
  const mine = approved(await stack.bank().authorize(purchase))
  const yours = decided(
    await stack.bank('altyn').authorize({ ...purchase, cardToken: theirs.token }),
  )
  expect(yours.decision).toBe('approved')
  expect(yours.authorizationId).not.toBe(mine.authorizationId)
})

test('repeats have the same bytes after a restart of everything, and data is kept', async () => {
  const home = await makeHome()
  onTestFinished(() => removeHome(home))
  const before = await startHouse(home)
  afterAll(() => before.stop('SIGKILL'))
  const first = openStack(before.demo)
  const rich = await first.openCard()
  const poor = await first.openCard({ exchange: 'binance', holds: '1' })
  const messages = [aPurchase(rich.token), aPurchase(poor.token), aPurchase('card_nobody')]
  const replies = []
  for (const message of messages) replies.push(await sendAuthorization(first.bank(), message))
  const reversal = aReversal(messages[0] ?? expect.unreachable())
  const reversed = await first.bank().reverse(reversal)
  await expect.poll(() => rich.balance(), { timeout: 10_000 }).toBe('1000.000000')
  const moved = await first.sandbox.movements()
  await first.close()
  expect((await before.stop('SIGTERM')).code).toBe(0)

  const after = await startHouse(home)
  afterAll(() => after.stop('SIGKILL'))
  const second = openStack(after.demo)
  for (const [index, message] of messages.entries()) {
    const again = await sendAuthorization(second.bank(), { ...message, repeat: true })
    expect([again.status, again.body]).toEqual([replies[index]?.status, replies[index]?.body])
  }
  expect(await second.bank().reverse(reversal)).toMatchObject({
    kind: 'decided',
    body: reversed.kind === 'decided' ? reversed.body : expect.unreachable(),
  })
  expect((await second.sandbox.movements()).slice(0, moved.length)).toEqual(moved)
  expect(await second.sandbox.movements(rich.wallet)).toHaveLength(2)
  await second.close()
  expect((await after.stop('SIGINT')).code).toBe(0)
})
