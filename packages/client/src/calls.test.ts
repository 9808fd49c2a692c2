import type { AuthorizationBody } from '@tolem/wire/request'
import { expect, onTestFinished, test } from 'vitest'
import type { Client } from './client.ts'
import type { Result } from './result.ts'
import { type Answer, answering, joinedTo, numbers, purchase } from './testing/joined.ts'

const AUTHORIZATION = 'aut_0199f2a0-0000-7000-8000-000000000001'
const messages = { kk: 'Мақұлданды.', ru: 'Одобрено.', en: 'Approved.' }
const original = { authorizationId: AUTHORIZATION }
const kzt = (value: string) => ({ value, currency: 'KZT' })

type Documented = {
  readonly call: string
  readonly body?: object
  readonly answer: object
  readonly send: (client: Client) => Promise<Result<unknown>>
}

const increment = { ...purchase, original }
const advice = {
  ...(purchase satisfies AuthorizationBody),
  decision: 'approved',
  reason: 'issuer_timed_out',
} as const
const reversal = { ...numbers, original, reason: 'customer_cancellation' } as const
const partial = { ...reversal, replacementAmount: kzt('9000.00') }
const clearing = { ...numbers, original, cardToken: 'card_rich', clearingAmount: kzt('9000.00') }
const refund = { ...numbers, original, cardToken: 'card_rich', refundAmount: kzt('100.00') }
const summary = {
  ...original,
  kind: 'authorization',
  type: 'purchase',
  cardToken: 'card_rich',
  state: 'accepted',
  final: false,
  receivedAt: '2026-11-22T10:04:05Z',
} as const
const { type: _, transactionAmount: __, ...inquiry } = purchase
const controls = { programme: {}, bank: {} }
const card = { status: 'frozen', expiresOn: '2029-12' } as const
const wholeCard = { ...card, cardToken: 'card_rich', version: 2, limits: {}, controls: {} }
const ownControls = {
  countries: { deny: ['US'] },
  limits: [{ window: { kind: 'day' as const }, amount: kzt('50000.00') }],
}
const walletLink = {
  exchange: 'bybit',
  rail: 'bybit-pay' as const,
  walletId: 'AGR-1',
  assets: ['USDT' as const],
}

const DOCUMENTED: readonly Documented[] = [
  {
    call: 'POST /v1/increments',
    body: increment,
    answer: { ...original, decision: 'approved', responseCode: '00', messages },
    send: (client) => client.increment(increment),
  },
  {
    call: 'POST /v1/advices',
    body: advice,
    answer: { ...original, responseCode: '00', outcome: 'approved' },
    send: (client) => client.advise(advice),
  },
  {
    call: 'POST /v1/reversals',
    body: reversal,
    answer: { reversalId: 'rev_1', responseCode: '00', outcome: 'reversed' },
    send: (client) => client.reverse(reversal),
  },
  {
    call: 'POST /v1/reversals',
    body: partial,
    answer: {
      reversalId: 'rev_1',
      responseCode: '00',
      outcome: 'partially_reversed',
      ...original,
      releasedAmount: kzt('3500.00'),
      heldAmount: kzt('9000.00'),
    },
    send: (client) => client.reverse(partial),
  },
  {
    call: 'POST /v1/clearings',
    body: clearing,
    answer: {
      clearingId: 'clr_1',
      responseCode: '00',
      outcome: 'cleared',
      ...original,
      clearedAmount: kzt('9000.00'),
      fromHoldAmount: kzt('9000.00'),
      exposedAmount: kzt('0.00'),
      releasedAmount: kzt('3500.00'),
    },
    send: (client) => client.clear(clearing),
  },
  {
    call: 'POST /v1/refunds',
    body: refund,
    answer: {
      refundId: 'rfd_1',
      decision: 'approved',
      responseCode: '00',
      refundedAmount: kzt('100.00'),
      credits: [
        { exchange: 'bybit', asset: 'USDT', amount: '0.20', rate: '494', rateOf: 'original' },
      ],
      messages,
    },
    send: (client) => client.refund(refund),
  },
  {
    call: 'PUT /v1/cards/card_rich',
    body: card,
    answer: wholeCard,
    send: (client) => client.putCard('card_rich', card),
  },
  {
    call: 'PUT /v1/cards/card%2Fodd/status',
    body: { status: 'frozen' },
    answer: wholeCard,
    send: (client) => client.putStatus('card/odd', 'frozen'),
  },
  {
    call: 'PUT /v1/cards/card_rich/controls',
    body: ownControls,
    answer: { ...wholeCard, controls: ownControls },
    send: (client) => client.putControls('card_rich', ownControls),
  },
  {
    call: 'PUT /v1/cards/card_rich/wallet-link',
    body: walletLink,
    answer: { ...wholeCard, walletLink },
    send: (client) => client.putWalletLink('card_rich', walletLink),
  },
  {
    call: 'GET /v1/cards/card_rich',
    answer: wholeCard,
    send: (client) => client.findCard('card_rich'),
  },
  {
    call: `GET /v1/authorizations/${AUTHORIZATION}`,
    answer: {
      ...summary,
      increments: [],
      exposures: [],
      clearings: [],
      refunds: [],
      movements: [],
      events: [],
    },
    send: (client) => client.findAuthorization(AUTHORIZATION),
  },
  {
    call: 'POST /v1/balance-inquiries',
    body: inquiry,
    answer: { decision: 'approved', responseCode: '00', available: kzt('900.00'), messages },
    send: (client) => client.inquireBalance(inquiry),
  },
  {
    call: 'GET /v1/banks/me',
    answer: {
      bankId: 'halyk',
      name: 'Halyk Bank',
      responseBudgetMs: 1000,
      authorizationTypes: ['purchase'],
      spreadBasisPoints: 50,
      feeBasisPoints: 100,
      cashFeeBasisPoints: 150,
      refundRate: 'original',
      controls,
      caps: controls,
      thresholds: [],
      holdPeriods: { days: 7, preauthorizationDays: 30, byMerchantCategory: { '7011': 30 } },
      keys: [{ keyId: 'halyk-test', algorithm: 'hmac-sha256' }],
    },
    send: (client) => client.me(),
  },
  {
    call: 'POST /v1/echo',
    body: { echoId: 'e-1' },
    answer: { echoId: 'e-1', responseCode: '00', serverTime: '2026-11-22T10:04:05.000Z' },
    send: (client) => client.echo('e-1'),
  },
  {
    call: 'GET /v1/rates',
    answer: { maximumAgeMs: 5000, rates: [] },
    send: (client) => client.rates(),
  },
]

test.for(DOCUMENTED)(
  'sends a signed $call, and reads its answer by its schema',
  async ({ call, body, answer, send }) => {
    const { client, received } = await joinedHere(answering(200, answer))
    expect(await send(client)).toMatchObject({ kind: 'decided', answer })
    expect(received).toHaveLength(1)
    const [one] = received
    expect(`${one?.request.method} ${one?.request.url}`).toBe(call)
    expect(one?.verification).toMatchObject({ ok: true, value: { owner: 'halyk' } })
    expect(JSON.parse(String(one?.body) || 'null')).toEqual(body ?? null)
  },
)

test.for(DOCUMENTED)('takes another shape for no answer to $call', async ({ send }) => {
  const { client } = await joinedHere(answering(200, { outcome: 'perhaps', decision: 'perhaps' }))
  expect(await send(client)).toMatchObject({ kind: 'unreachable' })
})

test('lists page after page, each with the cursor of the one before', async () => {
  const { client, received } = await joinedHere((one, response) => {
    const isFirst = !one.request.url?.includes('cursor')
    const page = { authorizations: [summary], ...(isFirst && { nextCursor: 'next' }) }
    answering(200, page)(one, response)
  })
  const query = {
    cardToken: 'card_rich',
    state: 'approved',
    from: '2026-11-22T00:00:00+05:00',
  } as const
  const pages = await Array.fromAsync(client.listAuthorizations({ ...query, limit: 1 }))
  expect(pages).toMatchObject([
    { kind: 'decided', answer: { authorizations: [summary], nextCursor: 'next' } },
    { kind: 'decided', answer: { authorizations: [summary] } },
  ])
  const asked = received.map(({ request }) => new URL(request.url ?? '', 'http://x').searchParams)
  expect(asked.map((parameters) => Object.fromEntries(parameters))).toEqual([
    { ...query, limit: '1' },
    { ...query, limit: '1', cursor: 'next' },
  ])
  expect(received.every(({ verification }) => verification.ok)).toBe(true)
})

test('ends a list with the first page that is none', async () => {
  const { client, received } = await joinedHere(answering(502, {}))
  const pages = await Array.fromAsync(client.listAuthorizations())
  expect(pages).toMatchObject([{ kind: 'unreachable' }])
  expect(received.map(({ request }) => request.url)).toEqual(['/v1/authorizations'])
})

function joinedHere(answer: Answer): ReturnType<typeof joinedTo> {
  return joinedTo({ answer, atEnd: onTestFinished })
}
