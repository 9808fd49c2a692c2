import { describe, expect, test } from 'vitest'
import { call, refused } from '../support/calls.ts'
import { post, tell } from '../support/life/calls.ts'
import {
  aClearing,
  anAdvice,
  anIncrement,
  aPartialReversal,
  aRefund,
} from '../support/life-messages.ts'
import { aPurchase } from '../support/messages.ts'
import { sharedStack } from '../support/shared-stack.ts'
import { approved, BANKS, recordOf } from '../support/stack.ts'

const stack = sharedStack()
const STRANGERS = BANKS.filter((bank) => bank !== 'halyk')

/** A purchase of 12,500.00 KZT on a card of its own. */
async function purchased() {
  const card = await stack.openCard({ exchange: 'binance' })
  const answer = approved(await stack.bank().authorize(aPurchase(card.token)))
  return { card, token: card.token, id: answer.authorizationId }
}

type Purchased = Awaited<ReturnType<typeof purchased>>

/** Each call about an earlier message, and the field by which another message differs from it. */
const CALLS = [
  {
    name: 'increments',
    message: ({ token, id }: Purchased) => anIncrement(token, id),
    other: { transactionAmount: { value: '2500.01', currency: 'KZT' } },
  },
  {
    name: 'advices',
    message: ({ token, id }: Purchased) => anAdvice(token, { original: id }),
    other: { transactionAmount: { value: '12500.01', currency: 'KZT' } },
  },
  {
    name: 'reversals',
    message: ({ id }: Purchased) => aPartialReversal(id, '5000.00'),
    other: { replacementAmount: { value: '5000.01', currency: 'KZT' } },
  },
  {
    name: 'clearings',
    message: ({ token, id }: Purchased) => aClearing(token, { original: id, amount: '9000.00' }),
    other: { clearingAmount: { value: '9000.01', currency: 'KZT' } },
  },
  {
    name: 'refunds',
    message: ({ token, id }: Purchased) => aRefund(token, { original: id }),
    other: { refundAmount: { value: '1000.01', currency: 'KZT' } },
  },
] as const

/** What a record says of its money; times and histories aside. */
async function moneyOf(id: string) {
  const { openAmount, releasedAmount, clearedAmount, refundedAmount, movements, exposures } =
    await recordOf(stack.bank(), id)
  const moved = movements.map(({ reference, amount }) => [reference, amount])
  return { openAmount, releasedAmount, clearedAmount, refundedAmount, moved, exposures }
}

describe.for(CALLS)('POST /v1/$name', ({ name, message, other }) => {
  test('a repeat has the same bytes and changes nothing, also many at once', async () => {
    const purchase = await purchased()
    const body = message(purchase)
    const first = await tell(stack.bank(), name, body)
    expect(first.status).toBe(200)
    const before = await moneyOf(purchase.id)
    const copies = await Promise.all(
      Array.from({ length: 10 }, () =>
        tell(stack.bank(), name, {
          ...body,
          repeat: true,
          transmittedAt: '2026-11-22T12:00:00Z',
        }),
      ),
    )
    for (const copy of copies) expect(copy.body).toBe(first.body)
    expect(await moneyOf(purchase.id)).toEqual(before)
  })

  test('another message under the same key is refused, and moves nothing', async () => {
    const purchase = await purchased()
    const body = message(purchase)
    await tell(stack.bank(), name, body)
    const before = await moneyOf(purchase.id)
    expect(await refused(post(stack.bank(), name, { ...body, ...other }))).toBe('key_reused')
    expect(await moneyOf(purchase.id)).toEqual(before)
  })

  test('what is malformed is refused with the place, and its key stays free', async () => {
    const purchase = await purchased()
    const body = message(purchase)
    for (const change of [
      { systemTraceAuditNumber: '1' },
      { colour: 'red' },
      { original: { authorizationId: 'aut_1' } },
      { acquirerId: undefined },
    ])
      expect(await refused(post(stack.bank(), name, { ...body, ...change }))).toBe('fields_invalid')
    expect(
      await refused(post(stack.bank(), name, { ...body, cardToken: '4242424242424242' })),
    ).toBe('card_number_refused')
    expect((await tell(stack.bank(), name, body)).status).toBe(200)
  })

  test('another bank’s purchase is not found, and is left alone', async () => {
    const purchase = await purchased()
    const before = await moneyOf(purchase.id)
    for (const stranger of STRANGERS) {
      const { token } = await stack.openCard({ bank: stranger, exchange: 'binance' })
      const { status, body } = await tell(
        stack.bank(stranger),
        name,
        message({ ...purchase, token }),
      )
      expect(status).toBe(200)
      expect(JSON.parse(body).originalAuthorizationId).toBeUndefined()
      expect(body).not.toContain(purchase.id)
    }
    expect(await moneyOf(purchase.id)).toEqual(before)
  })

  test('is taken by POST alone, and tells its own time', async () => {
    const get = await call(stack.bank(), `/v1/${name}`)
    expect([get.status, get.headers['allow']]).toEqual([405, 'POST'])
    const reply = await tell(stack.bank(), name, message(await purchased()))
    expect(reply.serverTiming.at(-1)?.name).toBe('total')
  })
})
