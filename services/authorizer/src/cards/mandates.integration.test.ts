import { randomUUID, randomUUIDv7 } from 'node:crypto'
import { createCards } from '@tolem/cards'
import { createMandates } from '@tolem/cards/mandates'
import type { Card } from '@tolem/domain/card'
import type { BankId, CardToken, ExchangeId } from '@tolem/domain/ids'
import type { MandateId, MandateOrder, OfferResult } from '@tolem/domain/mandate'
import type { MandatePort } from '@tolem/exchanges/mandate-port'
import { createPostgres } from '@tolem/postgres/pool'
import { createTestDatabase } from '@tolem/testing/backends'
import { aCard, NOON } from '@tolem/testing/builders'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Call } from '../route.ts'
import { deleteWalletLink, getMandate, type MandatePorts, postMandate } from './mandates.ts'

const BYBIT = 'bybit' as ExchangeId
const OFFER = { link: 'https://pay.example/a', qrCode: 'code', expiresAt: Date.now() + 600_000 }
const OFFERED = { kind: 'offered', offer: OFFER } as const

let house: Awaited<ReturnType<typeof openHouse>>
beforeAll(async () => {
  house = await openHouse()
})
afterAll(() => house.close())

async function openHouse() {
  const database = await createTestDatabase()
  const postgres = createPostgres({
    url: database.url,
    poolSize: 8,
    acquireTimeoutMs: 5_000,
    statementTimeoutMs: 5_000,
    lockTimeoutMs: 5_000,
    applicationName: 'mandate-routes-test',
    onFault: () => {},
  })
  const close = async () => {
    await postgres.close()
    await database.drop()
  }
  const cards = createCards({ postgres, remembered: 10, now: () => NOON })
  return { cards, mandates: createMandates(postgres), close }
}

/** The routes, with an exchange that answers as scripted. */
function openRoutes(answer: (order: MandateOrder) => OfferResult | Promise<OfferResult>) {
  const asked: MandateOrder[] = []
  const port: MandatePort = {
    exchange: BYBIT,
    rail: 'bybit-pay',
    mostAssets: 2,
    offer: async (order) => {
      asked.push(order)
      return answer(order)
    },
    find: async () => ({ kind: 'unsigned' }),
    end: async () => ({ kind: 'ended' }),
  }
  const ports: MandatePorts = {
    mandates: house.mandates,
    mandatesFor: (exchange, rail) =>
      exchange === BYBIT && rail === 'bybit-pay' ? port : undefined,
    read: house.cards.read,
    drop: house.cards.drop,
    newMandateId: () => `mdt_${randomUUIDv7()}` as MandateId,
    monotonicNow: () => performance.now(),
  }
  return { ports, asked }
}

async function putCard(change: Partial<Card> = {}): Promise<Card> {
  const { walletLink: _, version: __, ...card } = aCard()
  const token = `ct_${randomUUID()}` as CardToken
  const put = await house.cards.put({ ...card, token, ...change })
  return put.kind === 'changed' ? put.card : expect.unreachable()
}

function aCall({ bank, token }: Pick<Card, 'bank' | 'token'>, more: Partial<Call> = {}): Call {
  const at = performance.now()
  const call = {
    caller: { id: bank },
    deadline: { at: at + 1_000, windowEndsAt: Date.now() + 1_000 },
    message: { body: Buffer.from(JSON.stringify(aBody())), arrivedAt: at },
    parameters: { cardToken: token },
    ...more,
  }
  return call as unknown as Call
}

function aBody(change: object = {}) {
  const request = { exchange: 'bybit', rail: 'bybit-pay', assets: ['USDT'] }
  return { mandateRequestId: randomUUID(), ...request, ...change }
}

const withBody = (body: object) =>
  ({ message: { body: Buffer.from(JSON.stringify(body)) } }) as unknown as Pick<Call, 'message'>

const read = ({ status, body }: { readonly status: number; readonly body: string }) => ({
  status,
  ...JSON.parse(body),
})

test('a request is answered with what the cardholder signs by, and a repeat with the same', async () => {
  const { ports, asked } = openRoutes(() => OFFERED)
  const card = await putCard()
  const call = aCall(card, withBody(aBody({ singleLimit: { value: '5.00', asset: 'USDT' } })))
  const { status, ...first } = JSON.parse((await postMandate(ports, call)).body)
  expect(first).toMatchObject({ cardToken: card.token, link: OFFER.link, qrCode: OFFER.qrCode })
  expect(status).toBe('offered')
  const answer = await postMandate(ports, call)
  expect(answer.status).toBe(200)
  expect(JSON.parse(answer.body)).toEqual({ status, ...first })
  expect(asked).toEqual([
    expect.objectContaining({ assets: ['USDT'], singleLimit: 500_000_000n, exchange: BYBIT }),
  ])
  // The exchange learns neither bank nor token.
  expect(
    JSON.stringify(asked, (_, value) => (typeof value === 'bigint' ? 0 : value)),
  ).not.toContain(card.token)
  const shown = aCall(card, { parameters: { cardToken: card.token, mandateId: first.mandateId } })
  expect(JSON.parse((await getMandate(ports, shown)).body)).toEqual({ status, ...first })
})

test('twenty copies at once ask the exchange once', async () => {
  const { ports, asked } = openRoutes(() => OFFERED)
  const call = aCall(await putCard())
  const answers = await Promise.all(Array.from({ length: 20 }, () => postMandate(ports, call)))
  expect(asked).toHaveLength(1)
  expect(new Set(answers.map(({ body }) => JSON.parse(body).mandateId)).size).toBe(1)
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
})

test('an exchange that does not answer leaves a request that settlement takes up at once', async () => {
  const { ports } = openRoutes(() => ({ kind: 'in_doubt', detail: 'timeout' }))
  const answer = await postMandate(ports, aCall(await putCard()))
  expect(answer.status).toBe(202)
  const { mandateId, status } = JSON.parse(answer.body)
  expect(status).toBe('requested')
  const lane = { exchange: BYBIT, rail: 'bybit-pay', freeSlots: 10 } as const
  const due = await house.mandates.claim([lane], 60_000)
  expect(due.map(({ id }) => id)).toContain(mandateId)
})

test('a request that has no time left is kept and asked later', async () => {
  const { ports, asked } = openRoutes(() => OFFERED)
  const deadline = { at: performance.now() + 220, windowEndsAt: 0 }
  const answer = await postMandate(ports, aCall(await putCard(), { deadline }))
  expect([answer.status, asked.length]).toEqual([202, 0])
})

test('what the exchange refuses is refused for good', async () => {
  const { ports, asked } = openRoutes(() => ({ kind: 'rejected', detail: 'code 139005001' }))
  const call = aCall(await putCard())
  const answer = read(await postMandate(ports, call))
  expect(answer).toMatchObject({ status: 'refused', reason: 'refused_at_exchange' })
  expect(JSON.stringify(answer)).not.toContain('139005001')
  expect(read(await postMandate(ports, call))).toEqual(answer)
  expect(asked).toHaveLength(1)
})

test('an answer that comes after the bank revoked changes nothing', async () => {
  const card = await putCard()
  const { ports } = openRoutes(async () => {
    await deleteWalletLink(ports, aCall(card))
    return OFFERED
  })
  expect(read(await postMandate(ports, aCall(card)))).toMatchObject({
    status: 'ending',
    reason: 'revoked_by_bank',
  })
})

test.each([
  ['another content under one id', 'mandate_request_reused', {}],
  ['a rail that is not there', 'fields_invalid', { exchange: 'binance', rail: 'binance-pay' }],
  ['more assets than the rail takes', 'fields_invalid', { assets: ['USDT', 'BTC', 'ETH'] }],
])('%s is a problem, and nobody is asked', async (_, problem, change) => {
  const { ports, asked } = openRoutes(() => OFFERED)
  const card = await putCard()
  const body = aBody({ assets: ['USDT', 'BTC'] })
  await postMandate(ports, aCall(card, withBody(body)))
  const other = problem === 'fields_invalid' ? aBody(change) : { ...body, assets: ['BTC'] }
  const answer = await postMandate(ports, aCall(card, withBody(other)))
  expect(read(answer)).toMatchObject({ status: 422, type: `/problems/${problem}` })
  expect(asked).toHaveLength(1)
})

test('a card that will never pay again gets no mandate', async () => {
  const { ports, asked } = openRoutes(() => OFFERED)
  for (const status of ['lost', 'stolen', 'closed'] as const)
    expect(await postMandate(ports, aCall(await putCard({ status })))).toMatchObject({
      status: 422,
    })
  expect(asked).toEqual([])
})

test('another bank sees, asks for and revokes nothing', async () => {
  const { ports, asked } = openRoutes(() => OFFERED)
  const card = await putCard()
  const { mandateId } = JSON.parse((await postMandate(ports, aCall(card))).body)
  const stranger = { ...card, bank: 'forte' as BankId }
  const parameters = { cardToken: card.token, mandateId }
  expect(await getMandate(ports, aCall(stranger, { parameters }))).toMatchObject({ status: 404 })
  expect(await postMandate(ports, aCall(stranger))).toMatchObject({ status: 404 })
  expect(await deleteWalletLink(ports, aCall(stranger))).toMatchObject({ status: 404 })
  expect(asked).toHaveLength(1)
  const kept = await getMandate(ports, aCall(card, { parameters }))
  expect(JSON.parse(kept.body)).toMatchObject({ status: 'offered' })
})

test.each(['mdt_1', 'aut_019a1b2c-3d4e-7f50-8a6b-000000000001', ''])(
  'what is no mandate’s id is not found: %s',
  async (mandateId) => {
    const { ports } = openRoutes(() => OFFERED)
    const card = await putCard()
    const parameters = { cardToken: card.token, mandateId }
    expect(await getMandate(ports, aCall(card, { parameters }))).toMatchObject({ status: 404 })
  },
)
