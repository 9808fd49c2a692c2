import { expect, test } from 'vitest'
import { z } from 'zod'
import { createManualClock } from './manual-clock.ts'
import { partnerDebit, startSandbox, TRANSFERS } from './test-rig.ts'

async function openAccount() {
  const clock = createManualClock()
  const rig = await startSandbox({}, clock)
  await rig.control('PUT', '/control/wallets/partner/acc-1', { balances: { USDT: '100' } })
  const debit = (reference: string) => rig.partner('POST', TRANSFERS, partnerDebit(reference, '1'))
  const list = async (query: string) => {
    const { status, body } = await rig.partner('GET', `${TRANSFERS}?${query}`)
    const transfers = Object.values(body['transfers'] ?? {})
    return { status, transfers, next: body['next'], error: body['error'] }
  }
  return { ...rig, clock, debit, list, now: () => clock.now() }
}

const cursorOf = (page: { readonly next: unknown }): string => z.string().parse(page.next)

test('a partner’s list has every transfer of a span, oldest first, page by page', async () => {
  await using rig = await openAccount()
  await rig.debit('r0')
  rig.clock.advance(1_000)
  const from = rig.now()
  for (const reference of ['r1', 'r2', 'r3']) await rig.debit(reference)
  const to = rig.now()
  rig.clock.advance(1_000)
  await rig.debit('r4')
  const first = await rig.list(`from=${from}&to=${to}&limit=2`)
  const second = await rig.list(`from=${from}&to=${to}&limit=2&cursor=${cursorOf(first)}`)
  expect(first.transfers.map((each) => each['reference'])).toEqual(['r1', 'r2'])
  expect(second.transfers.map((each) => each['reference'])).toEqual(['r3'])
  expect(second.next).toBeUndefined()
})

test('what was moved twice under one reference is listed twice, each with an id', async () => {
  await using rig = await openAccount()
  const twice = { exchange: 'partner', operation: 'debit', kind: 'execute_twice', times: 1 }
  await rig.control('PUT', '/control/faults', twice)
  await rig.debit('r1')
  const { transfers } = await rig.list(`from=0&to=${6 * 86_400_000}`)
  const all = await rig.list(`from=${rig.now() - 1_000}&to=${rig.now()}`)
  expect(transfers).toEqual([])
  expect(all.transfers.map((each) => each['reference'])).toEqual(['r1', 'r1'])
  expect(new Set(all.transfers.map((each) => each['id'])).size).toBe(2)
})

test.each([
  'from=1',
  'to=1',
  'from=2&to=1',
  'from=0&to=700000000',
  'from=0&to=1&limit=501',
  'from=0&to=1&cursor=x',
])('a list of %s is malformed', async (query) => {
  await using rig = await openAccount()
  expect(await rig.list(query)).toMatchObject({ status: 400, error: 'malformed' })
})
