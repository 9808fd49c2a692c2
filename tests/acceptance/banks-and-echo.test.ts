import { bankAnswer } from '@tolem/wire/bank'
import { echoAnswer } from '@tolem/wire/echo'
import { expect, test } from 'vitest'
import { answered, call, refused } from '../support/calls.ts'
import { sharedStack } from '../support/shared-stack.ts'
import { BANKS } from '../support/stack.ts'

const stack = sharedStack()

test.for(BANKS)('%s reads its own terms, and of its keys only their names', async (bank) => {
  const { status, body } = await call(stack.bank(bank), '/v1/banks/me')
  expect(status).toBe(200)
  const answer = bankAnswer.parse(JSON.parse(body))
  const { keyId, algorithm, key } = stack.demoBank(bank)
  expect(answer).toMatchObject({ bankId: bank, keys: [{ keyId, algorithm }] })
  expect(body).not.toContain(key)
  for (const other of BANKS.filter((one) => one !== bank)) expect(body).not.toContain(other)
})

test('an echo gives back its id with our clock, again and again', async () => {
  const before = Date.now()
  for (let round = 0; round < 2; round += 1) {
    const echo = echoAnswer.parse(
      await answered(call(stack.bank(), '/v1/echo', { echoId: 'node-7:1' })),
    )
    expect(echo).toMatchObject({ echoId: 'node-7:1', responseCode: '00' })
    expect(Date.parse(echo.serverTime)).toBeGreaterThanOrEqual(before - 1_000)
    expect(Date.parse(echo.serverTime)).toBeLessThanOrEqual(Date.now() + 1_000)
  }
})

test('an echo with more or less than an id is refused', async () => {
  for (const body of [{}, { echoId: '' }, { echoId: 'a', more: 1 }, { echoId: 'a b' }])
    expect(await refused(call(stack.bank(), '/v1/echo', body))).toBe('fields_invalid')
})
