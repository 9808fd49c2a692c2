import type { ClaimedMandate } from '@tolem/cards/mandates'
import { createTestDatabase } from '@tolem/testing/backends'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import type { SettlementConfig } from '../config.ts'
import { createMandateWorld, type MandateWorld } from '../testing/mandate-world.ts'
import { openPostgres } from '../testing/world.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
let postgres: ReturnType<typeof openPostgres>
beforeAll(async () => {
  database = await createTestDatabase()
  postgres = openPostgres(database.url)
})
afterAll(async () => {
  await postgres.close()
  await database.drop()
})

/** An exchange of the test's own, and settlement running with it. */
async function startWorld(
  config: Partial<SettlementConfig> = {},
  offersLastMs?: number,
): Promise<MandateWorld> {
  const world = createMandateWorld(postgres, offersLastMs)
  const instance = world.instance(config)
  onTestFinished(async () => {
    await instance.close(5_000)
    await postgres.run({ name: '', text: 'TRUNCATE mandate' }, [])
  })
  await instance.start()
  return world
}

const becomes = (world: MandateWorld, mandate: ClaimedMandate, expected: object) =>
  vi.waitFor(async () => expect(await world.read(mandate)).toMatchObject(expected), 10_000)

async function signed(world: MandateWorld) {
  const mandate = await world.requested()
  await becomes(world, mandate, { status: 'offered' })
  const walletId = world.exchange.sign(mandate.reference)
  await becomes(world, mandate, { status: 'signed' })
  return { mandate, walletId }
}

const callsOf = ({ exchange }: MandateWorld, call: string) =>
  exchange.calls.filter((one) => one.call === call)

test('what was requested is offered, and what is signed pays for the card', async () => {
  const world = await startWorld()
  const { mandate, walletId } = await signed(world)
  expect(await world.walletIdOf(mandate)).toBe(walletId)
})

test('an exchange that was silent is asked again under the one reference', async () => {
  const world = await startWorld()
  world.exchange.script.offers.push('lost', 'answer_lost', 'lost')
  world.exchange.script.finds.push({ kind: 'unknown', detail: 'HTTP 502' })
  const mandate = await world.requested()
  await becomes(world, mandate, { status: 'offered', offer: { link: expect.any(String) } })
  expect(world.exchange.agreements.size).toBe(1)
  expect(new Set(world.exchange.calls.map(({ reference }) => reference))).toEqual(
    new Set([mandate.reference]),
  )
})

test('what was signed although its offer was never answered is found', async () => {
  const world = await startWorld({ POLL_INTERVAL_MS: 700 })
  world.exchange.script.offers.push('answer_lost')
  const mandate = await world.requested()
  await vi.waitFor(() => expect(world.exchange.agreements.size).toBe(1), 10_000)
  const walletId = world.exchange.sign(mandate.reference)
  await becomes(world, mandate, { status: 'signed' })
  expect(await world.walletIdOf(mandate)).toBe(walletId)
  expect(callsOf(world, 'offer')).toHaveLength(1)
}, 30_000)

test('a refusal of what the exchange has nothing of is final', async () => {
  const world = await startWorld()
  world.exchange.script.offers.push('rejected')
  const mandate = await world.requested()
  await becomes(world, mandate, { status: 'refused', reason: 'refused_at_exchange' })
  expect(world.exchange.agreements.size).toBe(0)
})

test('a refusal of what an earlier call may have made is not', async () => {
  const world = await startWorld()
  world.exchange.script.offers.push('answer_lost', 'rejected')
  const mandate = await world.requested()
  await becomes(world, mandate, { status: 'offered' })
  expect(callsOf(world, 'offer')).toHaveLength(3)
})

test('what is refused at the exchange is refused', async () => {
  const world = await startWorld()
  const mandate = await world.requested()
  await becomes(world, mandate, { status: 'offered' })
  world.exchange.set(mandate.reference, { kind: 'ended', detail: 'status FAILED' })
  await becomes(world, mandate, { status: 'refused', reason: 'refused_at_exchange' })
  expect(await world.walletIdOf(mandate)).toBeUndefined()
})

test('what is over after its link ran out has expired', async () => {
  const world = await startWorld({}, 200)
  const mandate = await world.requested()
  await becomes(world, mandate, { status: 'offered' })
  const { offer } = await world.read(mandate)
  await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(offer?.expiresAt ?? Infinity), 10_000)
  world.exchange.set(mandate.reference, { kind: 'ended', detail: 'status TIMEOUT' })
  await becomes(world, mandate, { status: 'expired', reason: 'link_expired' })
  expect(await world.walletIdOf(mandate)).toBeUndefined()
})

test('what ends at the exchange without a word is found, and the card is unlinked', async () => {
  const world = await startWorld()
  const { mandate } = await signed(world)
  world.exchange.set(mandate.reference, { kind: 'ended', detail: 'status UNSIGNED' })
  await becomes(world, mandate, { status: 'ended', reason: 'ended_at_exchange' })
  expect(await world.walletIdOf(mandate)).toBeUndefined()
})

test('what contradicts itself stays, and a person is told once', async () => {
  const world = await startWorld()
  const { mandate, walletId } = await signed(world)
  world.exchange.set(mandate.reference, { kind: 'not_found' })
  await vi.waitFor(
    async () =>
      expect(await world.mandates.summarize()).toEqual([
        { exchange: 'bybit', rail: 'bybit-pay', status: 'signed', count: 1, escalated: 1 },
      ]),
    10_000,
  )
  expect(await world.read(mandate)).toMatchObject({ status: 'signed' })
  expect(await world.walletIdOf(mandate)).toBe(walletId)
})

test('what the bank revokes is unlinked at once and ended at the exchange, whatever gets lost', async () => {
  const world = await startWorld()
  const { mandate } = await signed(world)
  world.exchange.script.ends.push('lost', 'answer_lost')
  expect(await world.unlink(mandate)).not.toHaveProperty('walletLink')
  await becomes(world, mandate, { status: 'ended', reason: 'revoked_by_bank' })
  expect(world.exchange.agreements.get(mandate.reference)?.state.kind).toBe('ended')
})

test.each(['answer_lost', 'ended_before'] as const)(
  'what is ended already is found so, and not asked for again: %s',
  async (fate) => {
    const world = await startWorld()
    const { mandate } = await signed(world)
    world.exchange.script.ends.push(fate)
    await world.unlink(mandate)
    await becomes(world, mandate, { status: 'ended', reason: 'revoked_by_bank' })
    expect(callsOf(world, 'end')).toHaveLength(1)
  },
)

test('what the bank revokes before it is signed is ended as soon as it is', async () => {
  const world = await startWorld()
  const mandate = await world.requested()
  await becomes(world, mandate, { status: 'offered' })
  await world.unlink(mandate)
  world.exchange.sign(mandate.reference)
  await becomes(world, mandate, { status: 'ended', reason: 'revoked_by_bank' })
  expect(world.exchange.agreements.get(mandate.reference)?.state.kind).toBe('ended')
  expect(await world.walletIdOf(mandate)).toBeUndefined()
})

test('a newer mandate takes the place of the older, which is ended at the exchange', async () => {
  const world = await startWorld()
  const { mandate: older } = await signed(world)
  const card = await world.cards.read(older.bank, older.cardToken)
  const newer = await world.requested(card)
  await becomes(world, newer, { status: 'offered' })
  const walletId = world.exchange.sign(newer.reference)
  await becomes(world, newer, { status: 'signed' })
  await becomes(world, older, { status: 'ended', reason: 'replaced' })
  expect(await world.walletIdOf(newer)).toBe(walletId)
})

test('an instance that dies between offer and record is succeeded, and makes no second mandate', async () => {
  const world = createMandateWorld(postgres)
  const [dying, successor] = [world.instance({ LEASE_MS: 100 }), world.instance()]
  onTestFinished(() => successor.close(5_000))
  const held = world.exchange.holdOffer()
  await dying.start()
  const mandate = await world.requested()
  await held.reached
  await dying.close(0)
  await successor.start()
  await becomes(world, mandate, { status: 'offered' })
  const { offer } = await world.read(mandate)
  held.release()
  world.exchange.sign(mandate.reference)
  await becomes(world, mandate, { status: 'signed', offer })
  expect(world.exchange.agreements.size).toBe(1)
})

test('many instances bring many mandates to their end, each once', async () => {
  const world = await startWorld()
  const others = [world.instance(), world.instance()]
  onTestFinished(async () => void (await Promise.all(others.map((one) => one.close(5_000)))))
  await Promise.all(others.map((one) => one.start()))
  const all = await Promise.all(Array.from({ length: 30 }, () => world.requested()))
  for (const mandate of all) await becomes(world, mandate, { status: 'offered' })
  for (const { reference } of all) world.exchange.sign(reference)
  for (const mandate of all) await becomes(world, mandate, { status: 'signed' })
  const cards = await Promise.all(all.map((one) => world.cards.read(one.bank, one.cardToken)))
  expect(cards.map((card) => card?.version)).toEqual(all.map(() => 2))
})
