import type { AuthorizationRecords } from '@tolem/authorizations/records'
import type { AuthorizationId } from '@tolem/domain/ids'
import { anAuthorizationId, anAuthorizationRequest } from '@tolem/testing/builders'
import { RESPONSE_CODES } from '@tolem/testing/response-codes'
import { decisionAnswer } from '@tolem/wire/authorization'
import { responseCodeTable } from '@tolem/wire/response-codes'
import { expect, test } from 'vitest'
import { createWithdrawals } from './withdrawals.ts'

const approve = {
  kind: 'approve',
  outcome: 'approved',
  approvalCode: '0A1B2C',
  body: 'approved',
  journal: [],
} as const

type Withdraw = AuthorizationRecords['withdraw']

function openWithdrawals(withdraw: Withdraw, now: () => number = () => 0) {
  const withdrawn: AuthorizationId[] = []
  const asked: AuthorizationId[] = []
  const records = {
    conclude: ({ decision }) =>
      Promise.resolve({ state: 'approved', reason: undefined, body: decision.body }),
    withdraw: (id, decline) => {
      asked.push(id)
      return withdraw(id, decline)
    },
  } as Partial<AuthorizationRecords> as AuthorizationRecords
  const withdrawals = createWithdrawals({
    records,
    codesOf: () => responseCodeTable(RESPONSE_CODES, { deadline_exceeded: '68' }),
    monotonicNow: now,
    onWithdrawn: (id) => void withdrawn.push(id),
  })
  return { withdrawals, withdrawn, asked }
}

const request = anAuthorizationRequest()

test('an approval that reached nobody is withdrawn as a decline in the codes of its bank', async () => {
  const id = anAuthorizationId()
  const { withdrawals, withdrawn } = openWithdrawals((_id, { body }) => Promise.resolve(body))
  expect(await withdrawals.conclude({ id, decision: approve })).toMatchObject({ body: 'approved' })
  const answer = await withdrawals.withdraw(id, request)
  expect(JSON.parse(answer?.body ?? '')).toMatchObject({
    authorizationId: id,
    decision: 'declined',
    responseCode: '68',
    reason: 'deadline_exceeded',
  })
  expect(withdrawn).toEqual([id])
})

test('an approval that a repeat was told of stands, and is not reported as withdrawn', async () => {
  const id = anAuthorizationId()
  const { withdrawals, withdrawn } = openWithdrawals(() => Promise.resolve('approved'))
  await withdrawals.conclude({ id, decision: approve })
  expect(await withdrawals.withdraw(id, request)).toEqual(decisionAnswer('approved'))
  expect(withdrawn).toEqual([])
})

test('nothing is asked of the database where nothing was approved or the answer is out', async () => {
  const [declined, told, unknown] = [anAuthorizationId(), anAuthorizationId(), anAuthorizationId()]
  const { withdrawals, asked } = openWithdrawals(() => Promise.resolve('approved'))
  const decline = { kind: 'decline', reason: 'card_frozen', body: 'declined' } as const
  await withdrawals.conclude({ id: declined, decision: decline })
  await withdrawals.conclude({ id: told, decision: approve })
  withdrawals.forget(told)
  for (const id of [declined, told, unknown])
    expect(await withdrawals.withdraw(id, request)).toBeUndefined()
  expect(asked).toEqual([])
})

test('an approval is withdrawn once', async () => {
  const id = anAuthorizationId()
  const { withdrawals, asked } = openWithdrawals((_id, { body }) => Promise.resolve(body))
  await withdrawals.conclude({ id, decision: approve })
  await withdrawals.withdraw(id, request)
  expect(await withdrawals.withdraw(id, request)).toBeUndefined()
  expect(asked).toEqual([id])
})

test('a database that is away is asked again', async () => {
  const id = anAuthorizationId()
  let failures = 2
  const { withdrawals, asked } = openWithdrawals((_id, { body }) => {
    failures -= 1
    return failures >= 0 ? Promise.reject(new Error('away')) : Promise.resolve(body)
  })
  await withdrawals.conclude({ id, decision: approve })
  expect(await withdrawals.withdraw(id, request)).toBeDefined()
  expect(asked).toEqual([id, id, id])
})

test('a database that stays away is given up when it would not withdraw any more', async () => {
  const id = anAuthorizationId()
  let now = 0
  const clock = () => {
    now += 5_000
    return now
  }
  const { withdrawals, asked } = openWithdrawals(() => Promise.reject(new Error('away')), clock)
  await withdrawals.conclude({ id, decision: approve })
  await expect(withdrawals.withdraw(id, request)).rejects.toThrow('away')
  expect(asked).toEqual([id, id])
})
