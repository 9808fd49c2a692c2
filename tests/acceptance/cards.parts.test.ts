import { randomUUID } from 'node:crypto'
import type { Client } from '@tolem/client'
import { cardAnswer } from '@tolem/wire/card'
import { describe, expect, test } from 'vitest'
import { answered, call, refused } from '../support/calls.ts'
import { aPurchase } from '../support/messages.ts'
import { sharedStack } from '../support/shared-stack.ts'
import { approved, BANKS, decided, type Reply, type TestCard } from '../support/stack.ts'

const stack = sharedStack()
const STRANGERS = BANKS.filter((bank) => bank !== 'halyk')

function put(client: Client, path: string, body: object): Promise<Reply> {
  return client.send({ method: 'PUT', path: `/v1/cards/${path}`, body: JSON.stringify(body) })
}

async function read(token: string, client = stack.bank()) {
  return cardAnswer.parse(await answered(call(client, `/v1/cards/${token}`)))
}

async function putPart({ token }: TestCard, part: string, body: object) {
  return cardAnswer.parse(await answered(put(stack.bank(), `${token}/${part}`, body)))
}

const pay = async ({ token }: TestCard, change: Parameters<typeof aPurchase>[1] = {}) =>
  decided(await stack.bank().authorize(aPurchase(token, { amount: '100.00', ...change })))

test('a card is read as it was put', async () => {
  const card = await stack.openCard({ card: { lastFour: '4242' } })
  expect(await read(card.token)).toMatchObject({
    cardToken: card.token,
    version: 1,
    status: 'active',
    lastFour: '4242',
    walletLink: card.body.walletLink,
  })
})

test('a status alone takes effect on the very next purchase, and leaves the rest', async () => {
  const card = await stack.openCard()
  const before = await read(card.token)
  for (let round = 0; round < 3; round += 1) {
    await putPart(card, 'status', { status: 'frozen' })
    expect(await pay(card)).toMatchObject({ reason: 'card_frozen' })
    await putPart(card, 'status', { status: 'active' })
    expect(await pay(card)).toMatchObject({ decision: 'approved' })
  }
  expect({ ...(await read(card.token)), version: 0 }).toEqual({ ...before, version: 0 })
})

test('a card that is lost or closed does not come back', async () => {
  const card = await stack.openCard()
  await putPart(card, 'status', { status: 'lost' })
  expect(await pay(card)).toMatchObject({ reason: 'card_lost', responseCode: '41' })
  expect(await refused(put(stack.bank(), `${card.token}/status`, { status: 'active' }))).toBe(
    'fields_invalid',
  )
  expect(await putPart(card, 'status', { status: 'closed' })).toMatchObject({ status: 'closed' })
  expect(await read(card.token)).toMatchObject({ status: 'closed' })
})

test('controls alone decide the next purchase, and are replaced whole', async () => {
  const card = await stack.openCard()
  await putPart(card, 'controls', { merchantCategories: { deny: ['5400-5499'] } })
  expect(await pay(card)).toMatchObject({ reason: 'merchant_category_not_permitted' })
  const controls = { countries: { allow: ['KZ'] } }
  expect(await putPart(card, 'controls', controls)).toMatchObject({ controls })
  expect(await pay(card)).toMatchObject({ decision: 'approved' })
  const { merchant } = aPurchase(card.token)
  expect(await pay(card, { merchant: { ...merchant, country: 'TR' } })).toMatchObject({
    reason: 'country_not_permitted',
  })
})

test('another wallet pays from the next purchase on', async () => {
  const [card, other] = [await stack.openCard(), await stack.openCard({ exchange: 'binance' })]
  approved(await stack.bank().authorize(aPurchase(card.token)))
  const { walletLink } = other.body
  expect(await putPart(card, 'wallet-link', walletLink ?? {})).toMatchObject({ walletLink })
  approved(await stack.bank().authorize(aPurchase(card.token)))
  expect(await card.movements()).toHaveLength(1)
  expect(await other.movements()).toHaveLength(1)
})

const PARTS = [
  { part: 'status', good: { status: 'frozen' }, bad: [{ status: 'sleepy' }, {}] },
  {
    part: 'controls',
    good: { countries: { deny: ['TR'] } },
    bad: [{ countries: { deny: ['Turkey'] } }, { colours: {} }, { limits: [{ amount: 5 }] }],
  },
  {
    part: 'wallet-link',
    good: {
      exchange: 'bybit',
      rail: 'bybit-pay',
      walletId: 'AGR-1',
      userId: 'U-1',
      assets: ['USDT'],
    },
    bad: [
      { exchange: 'bybit' },
      { exchange: 'bybit', rail: 'binance-subaccount', walletId: 'a@b.example', assets: ['USDT'] },
    ],
  },
] as const

describe.for(PARTS)('PUT /v1/cards/{cardToken}/$part', ({ part, good, bad }) => {
  test('the same again is the same card', async () => {
    const card = await stack.openCard()
    const first = await putPart(card, part, good)
    expect({ ...(await putPart(card, part, good)), version: 0 }).toEqual({ ...first, version: 0 })
  })

  test('what is malformed is refused, and changes nothing', async () => {
    const card = await stack.openCard()
    const before = await read(card.token)
    for (const body of bad)
      expect(await refused(put(stack.bank(), `${card.token}/${part}`, body))).toBe('fields_invalid')
    expect(await read(card.token)).toEqual(before)
  })

  test('a card that the bank does not have is not found, another bank’s included', async () => {
    const card = await stack.openCard()
    const before = await read(card.token)
    expect(await refused(put(stack.bank(), `no-${randomUUID()}/${part}`, good))).toBe('not_found')
    for (const stranger of STRANGERS) {
      const client = stack.bank(stranger)
      expect(await refused(put(client, `${card.token}/${part}`, good))).toBe('not_found')
      expect(await refused(call(client, `/v1/cards/${card.token}`))).toBe('not_found')
    }
    expect(await read(card.token)).toEqual(before)
  })

  test('a card number in the path is refused and not repeated', async () => {
    const reply = await put(stack.bank(), `4242424242424242/${part}`, good)
    expect(reply.status).toBe(422)
    expect(reply.body).toContain('card_number_refused')
    expect(reply.body).not.toContain('424242')
  })
})
