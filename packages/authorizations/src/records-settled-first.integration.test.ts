import { aCard, aNewAuthorization } from '@tolem/testing/builders'
import { expect, onTestFinished, test } from 'vitest'
import { createMovements } from './movements.ts'
import {
  approval,
  BREACHES,
  concludeWhole,
  declinedBody,
  type OpenedRecords,
  openRecords,
} from './testing/opened-records.ts'
import { usageOf } from './testing/scenes.ts'

const LANE = { exchange: 'bybit', rail: 'bybit-pay', freeSlots: 1 } as const
const PUT_OFF = {
  state: 'in_doubt',
  delayMs: 60_000,
  detail: 'silence',
  escalate: false,
  limits: { ageMs: 900_000, attempts: 40 },
} as const

/** An authorization that its authorizer left alone for too long: settlement has declined it, and rendered nothing. */
async function openAbandoned() {
  const opened = await openRecords(onTestFinished)
  const card = aCard()
  await opened.putCard(card)
  // One that counts and stays: what is given back once too often would be taken from it.
  const before = aNewAuthorization({ card })
  await opened.records.accept(before)
  await opened.records.conclude(approval(before))
  const item = aNewAuthorization({ card, decidedWithinMs: 0 })
  await opened.records.accept(item)
  await putOff(opened)
  return { opened, item, reason: 'exchange_in_doubt' } as const
}

async function putOff({ postgres }: OpenedRecords): Promise<void> {
  const { exchange, rail } = aCard().walletLink ?? expect.unreachable('the card is linked')
  const movements = createMovements(postgres)
  const [debit] = await movements.claim([{ ...LANE, exchange, rail }], 60_000)
  const claimed = debit ?? expect.unreachable('the debit is due')
  expect(await movements.defer(claimed, PUT_OFF)).toMatchObject({ kind: 'deferred' })
}

test('what settlement has declined stays declined, however late its authorizer approves', async () => {
  const { opened, item, reason } = await openAbandoned()
  const { records, ask } = opened
  const usage = await usageOf(opened)
  const declined = { state: 'declined', reason }
  expect(await records.conclude(approval(item))).toEqual({ ...declined, body: undefined })
  const body = declinedBody(item.id, reason)
  expect(await concludeWhole(records, approval(item))).toEqual({ ...declined, body })
  expect(await records.conclude(approval(item))).toEqual({ ...declined, body })
  expect(
    await ask('SELECT state, approval_code FROM "authorization" WHERE decline_reason = $1', [
      reason,
    ]),
  ).toEqual([{ state: 'declined', approval_code: null }])
  expect(await usageOf(opened)).toEqual(usage)
  expect(await ask(BREACHES)).toEqual([])
})

test('the repeat of what settlement has declined is declined, and gets its bytes then', async () => {
  const { opened, item, reason } = await openAbandoned()
  const { records, other, ask } = opened
  const repeat = aNewAuthorization({ card: item.plan.card, request: item.request })
  const { id } = item
  expect(await other.accept(repeat)).toEqual({ kind: 'declined', id, reason, body: undefined })
  const body = declinedBody(id, reason)
  await records.conclude({ id, decision: { kind: 'decline', reason, body } })
  expect(await other.accept(repeat)).toEqual({ kind: 'replay', body })
  expect(await ask('SELECT FROM movement')).toHaveLength(2)
  expect(await ask(BREACHES)).toEqual([])
})
