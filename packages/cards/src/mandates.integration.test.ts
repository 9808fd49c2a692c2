import { randomUUID } from 'node:crypto'
import type { WalletLink } from '@tolem/domain/card'
import type { BankId } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import { expect, onTestFinished, test } from 'vitest'
import {
  anOffer,
  aRequest,
  BYBIT,
  newMandateId,
  openMandates,
  signedAs,
} from './testing/opened-mandates.ts'

const HOUR_MS = 3_600_000
const LANE = { exchange: BYBIT, rail: 'bybit-pay', freeSlots: 10 } as const
const ELSEWHERE: WalletLink = {
  exchange: BYBIT,
  rail: 'bybit-pay',
  walletId: 'AGR-elsewhere',
  userId: 'U-elsewhere',
  assets: ['USDT'],
}

test('a request is kept as it was made, and a repeat finds it', async () => {
  const { mandates, putCard } = await openMandates(onTestFinished)
  const request = aRequest(await putCard(), { singleLimit: amountOf('USDT', 10n ** 20n) })
  const id = newMandateId()
  const opened = await mandates.open(id, request, 60_000)
  const { requestId: _, fingerprint: __, ...asked } = request
  expect(opened).toMatchObject({ kind: 'opened', mandate: { id, status: 'requested', ...asked } })
  const again = await mandates.open(newMandateId(), request, 60_000)
  expect(again).toMatchObject({ kind: 'known', mandate: { id } })
})

test('concurrent requests under one id make one mandate', async () => {
  const { mandates, putCard, postgres } = await openMandates(onTestFinished)
  const request = aRequest(await putCard())
  const all = await Promise.all(
    Array.from({ length: 20 }, () => mandates.open(newMandateId(), request, 60_000)),
  )
  expect(all.filter(({ kind }) => kind === 'opened')).toHaveLength(1)
  expect(all.filter(({ kind }) => kind === 'known')).toHaveLength(19)
  expect(
    await postgres.run({ name: '', text: 'SELECT count(*)::int AS n FROM mandate' }, []),
  ).toEqual([{ n: 1 }])
})

test('a request id is its bank’s own, and stands for one request only', async () => {
  const { mandates, putCard } = await openMandates(onTestFinished)
  const card = await putCard()
  const stranger = await putCard({ bank: 'forte' as BankId })
  const request = aRequest(card)
  await mandates.open(newMandateId(), request, 60_000)
  const { requestId } = request
  const open = (change: object) => mandates.open(newMandateId(), { ...request, ...change }, 60_000)
  expect(await open({ fingerprint: Buffer.from('two') })).toEqual({ kind: 'mismatch' })
  expect(await open({ cardToken: (await putCard()).token })).toEqual({ kind: 'mismatch' })
  const theirs = await mandates.open(newMandateId(), aRequest(stranger, { requestId }), 60_000)
  expect(theirs).toMatchObject({ kind: 'opened' })
  expect(
    await mandates.open(newMandateId(), aRequest({ ...card, token: stranger.token }), 1),
  ).toEqual({ kind: 'no_card' })
})

test('a mandate is found under its own card and bank only', async () => {
  const { mandates, putCard, requested } = await openMandates(onTestFinished)
  const [card, other] = [await putCard(), await putCard()]
  const { id } = await requested(card)
  expect(await mandates.find(card, id)).toMatchObject({ id })
  expect(await mandates.find(other, id)).toBeUndefined()
  expect(await mandates.find({ ...card, bank: 'forte' as BankId }, id)).toBeUndefined()
})

test('signing links the card, raises its version and tells every process', async () => {
  const { mandates, cards, putCard, offered, read, postgres } = await openMandates(onTestFinished)
  const card = await putCard()
  const heard = Promise.withResolvers<string>()
  const listener = await postgres.listen('card_changed', heard.resolve, () => {})
  const mandate = await offered(card)
  const signing = { signed: signedAs('AGR-1'), delayMs: HOUR_MS }
  expect(await mandates.sign(mandate, signing)).toBe('signed')
  expect(await heard.promise).toBe(`${card.bank}/${card.token}`)
  await listener.close()
  const walletLink = { ...ELSEWHERE, walletId: 'AGR-1', userId: 'U-AGR-1' }
  expect(await cards.read(card.bank, card.token)).toEqual({ ...card, version: 2, walletLink })
  const usage = 'SELECT card_version FROM card_usage WHERE card_token = $1'
  expect(await postgres.run({ name: '', text: usage }, [card.token])).toEqual([
    { card_version: '2' },
  ])
  expect(await read(mandate)).toMatchObject({
    status: 'signed',
    signed: { walletId: 'AGR-1' },
    signedAt: expect.any(Number),
    offer: { link: 'https://pay.example/sign' },
  })
})

test('of two mandates the one that was asked for later pays, in whatever order they are signed', async () => {
  const { mandates, putCard, offered, read, walletIdOf } = await openMandates(onTestFinished)
  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    const card = await putCard()
    const both = [await offered(card), await offered(card)]
    for (const index of order) {
      const mandate = both[index]
      if (!mandate) continue
      // Signing the later one has the earlier one ended, signed or not: its claim is lost, and it is looked at again.
      const present = await read(mandate)
      await mandates.sign(present, { signed: signedAs(`AGR-${index}`), delayMs: HOUR_MS })
    }
    expect(await walletIdOf(card)).toBe('AGR-1')
    const [earlier, later] = await Promise.all(both.map(read))
    expect(earlier).toMatchObject({ status: 'ending', reason: 'replaced' })
    expect(later).toMatchObject({ status: 'signed' })
  }
})

test('a wallet that the bank linked later stays, and the mandate is ended', async () => {
  const { mandates, cards, putCard, offered, read, walletIdOf } = await openMandates(onTestFinished)
  const card = await putCard()
  const mandate = await offered(card)
  await cards.putWalletLink(card, ELSEWHERE)
  const signing = { signed: signedAs('AGR-1'), delayMs: HOUR_MS }
  expect(await mandates.sign(mandate, signing)).toBe('ending')
  expect(await walletIdOf(card)).toBe('AGR-elsewhere')
  expect(await read(mandate)).toMatchObject({
    status: 'ending',
    reason: 'replaced',
    signed: { walletId: 'AGR-1' },
  })
})

test('a wallet that was linked before gives way, also when the card was changed otherwise since', async () => {
  const { mandates, cards, putCard, offered, walletIdOf } = await openMandates(onTestFinished)
  const card = await putCard({ walletLink: ELSEWHERE })
  const mandate = await offered(card)
  await cards.putStatus(card, 'frozen')
  await cards.put({ ...card, status: 'frozen' })
  await mandates.sign(mandate, { signed: signedAs('AGR-1'), delayMs: HOUR_MS })
  expect(await walletIdOf(card)).toBe('AGR-1')
})

test('a mandate for a card that was lost meanwhile links nothing and is ended', async () => {
  const { mandates, cards, putCard, offered, read, walletIdOf } = await openMandates(onTestFinished)
  const card = await putCard()
  const mandate = await offered(card)
  await cards.putStatus(card, 'stolen')
  const signing = { signed: signedAs('AGR-1'), delayMs: HOUR_MS }
  expect(await mandates.sign(mandate, signing)).toBe('ending')
  expect(await walletIdOf(card)).toBeUndefined()
  expect(await read(mandate)).toMatchObject({ status: 'ending', reason: 'card_ended' })
})

test('a mandate that ends takes its own link away, and no other', async () => {
  const { mandates, cards, putCard, offered, read, walletIdOf } = await openMandates(onTestFinished)
  for (const isReplaced of [false, true]) {
    const card = await putCard()
    const mandate = await offered(card)
    await mandates.sign(mandate, { signed: signedAs('AGR-1'), delayMs: HOUR_MS })
    if (isReplaced) await cards.putWalletLink(card, ELSEWHERE)
    expect(await mandates.end(await read(mandate), { reason: 'ended_at_exchange' })).toBe('ended')
    expect(await walletIdOf(card)).toBe(isReplaced ? 'AGR-elsewhere' : undefined)
    expect(await read(mandate)).toMatchObject({
      status: 'ended',
      reason: 'ended_at_exchange',
      endedAt: expect.any(Number),
    })
  }
})

test('unlinking takes the wallet away at once and has every mandate of the card ended', async () => {
  const { mandates, putCard, offered, requested, read, walletIdOf } =
    await openMandates(onTestFinished)
  const card = await putCard()
  const signed = await offered(card)
  await mandates.sign(signed, { signed: signedAs('AGR-1'), delayMs: HOUR_MS })
  const open = [signed, await offered(card), await requested(card)]
  const { walletLink: _, ...unlinked } = card
  expect(await mandates.unlink(card, newMandateId)).toEqual({ ...unlinked, version: 3 })
  expect(await walletIdOf(card)).toBeUndefined()
  for (const mandate of open)
    expect(await read(mandate)).toMatchObject({ status: 'ending', reason: 'revoked_by_bank' })
  // Who was at work on one of them is shut out.
  expect(await mandates.sign(signed, { signed: signedAs('AGR-2'), delayMs: 1 })).toBe('claim_lost')
  expect(await mandates.unlink(card, newMandateId)).toMatchObject({ version: 3 })
  expect(await mandates.claim([LANE], HOUR_MS)).toHaveLength(3)
})

test('a mandate that was signed elsewhere is taken up to be ended, and a mere wallet is not', async () => {
  const { mandates, putCard } = await openMandates(onTestFinished)
  const card = await putCard({ walletLink: ELSEWHERE })
  expect(await mandates.unlink(card, newMandateId)).not.toHaveProperty('walletLink')
  const plain = await putCard({ walletLink: { ...ELSEWHERE, rail: 'bybit-subaccount' } })
  expect(await mandates.unlink(plain, newMandateId)).not.toHaveProperty('walletLink')
  const due = await mandates.claim([LANE], HOUR_MS)
  expect(due).toHaveLength(1)
  expect(due[0]).toMatchObject({
    cardToken: card.token,
    status: 'ending',
    assets: ['USDT'],
    signed: { walletId: 'AGR-elsewhere', userId: 'U-elsewhere' },
  })
})

test('who links another card to the wallet of a signed mandate cannot have that ended', async () => {
  const { mandates, putCard, offered, read, walletIdOf } = await openMandates(onTestFinished)
  const card = await putCard()
  const mandate = await offered(card)
  await mandates.sign(mandate, { signed: signedAs('AGR-1'), delayMs: HOUR_MS })
  const walletLink = { ...ELSEWHERE, walletId: 'AGR-1' }
  for (const bank of [card.bank, 'forte' as BankId]) {
    const stranger = await putCard({ bank, walletLink })
    expect(await mandates.unlink(stranger, newMandateId)).not.toHaveProperty('walletLink')
  }
  expect(await mandates.claim([LANE], HOUR_MS)).toEqual([])
  expect(await read(mandate)).toMatchObject({ status: 'signed' })
  expect(await walletIdOf(card)).toBe('AGR-1')
})

test('a wallet is another bank’s for as long as its mandate is not at its end', async () => {
  const { mandates, putCard, offered, read } = await openMandates(onTestFinished)
  const card = await putCard()
  const mandate = await offered(card)
  const wallet = { ...ELSEWHERE, walletId: 'AGR-1' }
  const isElsewhere = (bank: string) => mandates.isSignedElsewhere(bank as BankId, wallet)
  expect(await isElsewhere('forte')).toBe(false)
  await mandates.sign(mandate, { signed: signedAs('AGR-1'), delayMs: HOUR_MS })
  expect([await isElsewhere('forte'), await isElsewhere(card.bank)]).toEqual([true, false])
  await mandates.unlink(card, newMandateId)
  expect(await isElsewhere('forte')).toBe(true)
  await mandates.end(await read(mandate), { reason: 'revoked_by_bank' })
  expect(await isElsewhere('forte')).toBe(false)
})

test('nothing is unlinked of another bank’s card', async () => {
  const { mandates, putCard, walletIdOf } = await openMandates(onTestFinished)
  const card = await putCard({ walletLink: ELSEWHERE })
  const stranger = { ...card, bank: 'forte' as BankId }
  expect(await mandates.unlink(stranger, newMandateId)).toBeUndefined()
  expect(await walletIdOf(card)).toBe('AGR-elsewhere')
})

test('of all who hold a mandate only the last claimant can write', async () => {
  const { mandates, putCard, requested, read } = await openMandates(onTestFinished)
  const first = await requested(await putCard())
  expect(await mandates.claim([LANE], HOUR_MS)).toEqual([])
  const notice = { exchange: BYBIT, rail: 'bybit-pay', reference: first.reference } as const
  await mandates.hasten({ ...notice, id: 'n-1' })
  const [second] = await mandates.claim([LANE], HOUR_MS)
  if (!second) return expect.unreachable('it was due')
  const offered = { status: 'offered', offer: anOffer(), delayMs: 1_000 } as const
  expect(await mandates.write(first, offered)).toEqual({ kind: 'claim_lost' })
  expect(await mandates.write(second, offered)).toEqual({ kind: 'written', newlyEscalated: false })
  expect(await read(first)).toMatchObject({ status: 'offered' })
})

test('a notice counts once', async () => {
  const { mandates, putCard, offered } = await openMandates(onTestFinished)
  const { reference } = await offered(await putCard())
  const notice = { exchange: BYBIT, rail: 'bybit-pay', id: 'n-1', reference } as const
  const taken = await Promise.all(Array.from({ length: 10 }, () => mandates.hasten(notice)))
  expect(taken.filter(({ isNew }) => isNew)).toHaveLength(1)
  expect(await mandates.claim([LANE], HOUR_MS)).toHaveLength(1)
  expect(await mandates.hasten(notice)).toEqual({ isNew: false })
  expect(await mandates.claim([LANE], HOUR_MS)).toEqual([])
  await mandates.forgetNotices(HOUR_MS, 100)
  expect(await mandates.hasten(notice)).toEqual({ isNew: false })
  await mandates.forgetNotices(0, 100)
  expect(await mandates.hasten(notice)).toEqual({ isNew: true })
})

test('what does not get on is escalated once, and no more when it does', async () => {
  const { mandates, putCard, requested } = await openMandates(onTestFinished)
  const mandate = await requested(await putCard())
  const stuck = { status: 'requested', delayMs: 0, isStuck: true, isForPerson: true } as const
  const write = async (write: Parameters<typeof mandates.write>[1]) =>
    mandates.write(mandate, write)
  expect(await write(stuck)).toEqual({ kind: 'written', newlyEscalated: true })
  expect(await write(stuck)).toEqual({ kind: 'written', newlyEscalated: false })
  const open = { exchange: BYBIT, rail: 'bybit-pay', count: 1 }
  expect(await mandates.summarize()).toEqual([{ ...open, status: 'requested', escalated: 1 }])
  await write({ status: 'offered', offer: anOffer(), delayMs: 1_000 })
  expect(await mandates.summarize()).toEqual([{ ...open, status: 'offered', escalated: 0 }])
})

test('signing, unlinking and putting one card at once leave one of their outcomes', async () => {
  const { mandates, cards, putCard, offered, read, walletIdOf } = await openMandates(onTestFinished)
  for (let round = 0; round < 20; round += 1) {
    const card = await putCard()
    const mandate = await offered(card)
    await Promise.all([
      mandates.sign(mandate, { signed: signedAs(`AGR-${randomUUID()}`), delayMs: HOUR_MS }),
      mandates.unlink(card, newMandateId),
      cards.putStatus(card, 'frozen'),
    ])
    // Whichever came first, what the bank said stands: no wallet, and the mandate is to be ended.
    expect(await walletIdOf(card)).toBeUndefined()
    expect(await read(mandate)).toMatchObject({ status: 'ending', reason: 'revoked_by_bank' })
  }
})
