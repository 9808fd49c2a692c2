import { type MandateId, mandateReference } from '@tolem/domain/mandate'
import type { MandateAnswer } from '@tolem/wire/mandate'
import { expect, test } from 'vitest'
import { aMandateBody, putBareCard } from '../support/mandates.ts'
import { aPurchase } from '../support/messages.ts'
import { sharedStack } from '../support/shared-stack.ts'
import { decide, decided } from '../support/stack.ts'

const stack = sharedStack()

const pay = async (token: string) =>
  (await decide(stack.bank(), aPurchase(token, { amount: '1000.00' }))).answer

/** A card whose bank asked for a contract at Binance Pay. */
async function askForContract() {
  const token = await putBareCard(stack)
  const client = stack.bank()
  const limit = { singleLimit: { value: '100.00', asset: 'USDT' } }
  const body = aMandateBody({ exchange: 'binance', rail: 'binance-pay', ...limit })
  const { mandateId } = decided(await client.requestMandate(token, body))
  const read = async () => decided(await client.findMandate(token, mandateId))
  const becomes = async (expected: Partial<MandateAnswer>) => {
    await expect.poll(read, { timeout: 20_000 }).toMatchObject(expected)
  }
  await becomes({ status: 'offered' })
  const { link = '' } = await read()
  const code = mandateReference(mandateId as MandateId)
  const contract = async () =>
    (await stack.sandbox.contracts()).find((one) => one.merchantContractCode === code)
  return { token, link, code, becomes, contract }
}

async function signedContract() {
  const card = await askForContract()
  await stack.sandbox.decide(card.link, 'sign')
  await card.becomes({ status: 'signed' })
  return card
}

test('a card is linked by a contract, and the next purchase is paid', async () => {
  const card = await signedContract()
  const { walletLink } = decided(await stack.bank().findCard(card.token))
  expect(walletLink).toMatchObject({
    rail: 'binance-pay',
    walletId: (await card.contract())?.contractId,
  })
  expect(await pay(card.token)).toMatchObject({
    decision: 'approved',
    funding: [{ exchange: 'binance', asset: 'USDT' }],
  })
})

test('what the bank revokes is terminated at Binance Pay', async () => {
  const card = await signedContract()
  decided(await stack.bank().removeWalletLink(card.token))
  expect(await pay(card.token)).toMatchObject({ reason: 'wallet_not_linked' })
  await card.becomes({ status: 'ended', reason: 'revoked_by_bank' })
  expect(await card.contract()).toMatchObject({ status: 'CONTRACT_TERMINATED' })
})

test.for(['terminate', 'expire'] as const)(
  'a contract that the exchange lets %s pays no more',
  async (way) => {
    const card = await signedContract()
    await stack.sandbox.endContract(card.code, way)
    await card.becomes({ status: 'ended', reason: 'ended_at_exchange' })
    expect(await pay(card.token)).toMatchObject({ reason: 'wallet_not_linked' })
  },
)

test('a contract is in one asset', async () => {
  const token = await putBareCard(stack)
  const two = { exchange: 'binance', rail: 'binance-pay', assets: ['USDT', 'USDC'] }
  expect(await stack.bank().requestMandate(token, aMandateBody(two))).toMatchObject({
    kind: 'problem',
    status: 422,
    problem: { errors: [{ pointer: '/assets' }] },
  })
})
