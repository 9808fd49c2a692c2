import { Client } from 'pg'
import { expect, test } from 'vitest'
import { expectInside, watchLag } from '../support/inside.ts'
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
import { approved, BUDGET_MS, recordOf } from '../support/stack.ts'

const stack = sharedStack()

/** Keeps the row of an authorization from everybody else while `work` runs. */
async function whileLocked<Result>(id: string, work: () => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: stack.databaseUrl })
  await client.connect()
  try {
    await client.query('BEGIN')
    const lock = 'SELECT state FROM "authorization" WHERE id = $1 FOR UPDATE'
    expect((await client.query(lock, [id.slice(4)])).rowCount).toBe(1)
    return await work()
  } finally {
    await client.end()
  }
}

type Purchased = { readonly token: string; readonly id: string }

/** Each call about a purchase of 12,500.00 KZT, and what is open of that once the call went through. */
const CALLS = [
  {
    name: 'increments',
    message: ({ token, id }: Purchased) => anIncrement(token, id),
    open: '12500.00',
  },
  {
    name: 'advices',
    message: ({ token, id }: Purchased) => anAdvice(token, { original: id }),
    open: '12500.00',
  },
  {
    name: 'reversals',
    message: ({ id }: Purchased) => aPartialReversal(id, '5000.00'),
    open: '5000.00',
  },
  {
    name: 'clearings',
    message: ({ token, id }: Purchased) => aClearing(token, { original: id, amount: '9000.00' }),
    open: '0.00',
  },
  {
    name: 'refunds',
    message: ({ token, id }: Purchased) => aRefund(token, { original: id }),
    open: '12500.00',
  },
] as const

test.for(CALLS)(
  'POST /v1/$name is answered in time while its original is locked, and once in the same bytes after that',
  async ({ name, message, open }) => {
    const card = await stack.openCard({ exchange: 'binance' })
    const { authorizationId: id } = approved(await stack.bank().authorize(aPurchase(card.token)))
    const body = message({ token: card.token, id })
    const lag = watchLag()
    const kept = await whileLocked(id, async () => [
      await post(stack.bank(), name, body),
      await post(stack.bank(), name, { ...body, repeat: true }),
    ])
    const lagMs = lag()
    expect(kept[0]?.status).toBe(503)
    for (const reply of kept) expectInside(reply, BUDGET_MS, lagMs)
    const after = await tell(stack.bank(), name, { ...body, repeat: true })
    expect(after.status).toBe(200)
    expect((await tell(stack.bank(), name, { ...body, repeat: true })).body).toBe(after.body)
    expect((await recordOf(stack.bank(), id)).openAmount).toMatchObject({ value: open })
  },
)
