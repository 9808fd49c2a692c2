import type { ClaimedMandate } from '@tolem/cards/mandates'
import type { BankId, CardToken, ExchangeId } from '@tolem/domain/ids'
import { type MandateId, type MandateState, mandateReference } from '@tolem/domain/mandate'
import { expect, test } from 'vitest'
import { nextForMandate } from './next-step.ts'

const NOW = Date.UTC(2026, 10, 22, 10)
const ID = 'mdt_019a1b2c-3d4e-7f50-8a6b-000000000008' as MandateId
const LINK = { link: 'https://pay.example/a', qrCode: 'code' }
const SIGNED = { kind: 'signed', walletId: 'AGR1', userId: 'U1' } as const
const STATES = ['requested', 'offered', 'signed', 'ending'] as const

function aMandate(change: Partial<ClaimedMandate>): ClaimedMandate {
  return {
    id: ID,
    reference: mandateReference(ID),
    bank: 'halyk' as BankId,
    cardToken: 'ct_halyk_0001' as CardToken,
    exchange: 'bybit' as ExchangeId,
    rail: 'bybit-pay',
    assets: ['USDT'],
    status: 'offered',
    offer: { ...LINK, expiresAt: NOW + 60_000 },
    createdAt: NOW,
    claimedAt: NOW,
    epoch: 1,
    attempts: 1,
    ...change,
  }
}

const next = (change: Partial<ClaimedMandate>, found: MandateState) =>
  nextForMandate(aMandate(change), found)

test.each(STATES)('an unknown answer leaves a %s mandate as it is, to be asked again', (status) => {
  expect(next({ status }, { kind: 'unknown', detail: 'HTTP 502' })).toEqual({
    kind: 'wait',
    detail: 'HTTP 502',
    isStuck: true,
    isForPerson: false,
  })
})

test('what is not signed yet waits until the exchange’s clock has surely passed its end', () => {
  const offer = { ...LINK, expiresAt: NOW }
  for (const found of ['unsigned', 'not_found'] as const) {
    expect(next({ offer, claimedAt: NOW + 119_999 }, { kind: found })).toMatchObject({
      kind: 'wait',
      isStuck: false,
    })
    expect(next({ offer, claimedAt: NOW + 120_000 }, { kind: found })).toEqual({
      kind: 'close',
      status: 'expired',
      reason: 'link_expired',
    })
  }
})

test('an end before any signature is a refusal, and an expiry when its time was over', () => {
  const ended = { kind: 'ended', detail: 'x' } as const
  expect(next({}, ended)).toMatchObject({ status: 'refused', reason: 'refused_at_exchange' })
  expect(next({ claimedAt: NOW + 60_000 }, ended)).toMatchObject({ status: 'expired' })
  expect(next({ status: 'requested' }, ended)).toMatchObject({ status: 'expired' })
})

test('what was signed is never taken for unsigned, nor another wallet for its own', () => {
  const status = 'signed'
  const signed = { walletId: 'AGR1' }
  expect(next({ status, signed }, SIGNED)).toMatchObject({ kind: 'wait', isStuck: false })
  for (const found of [
    { kind: 'unsigned' },
    { kind: 'not_found' },
    { ...SIGNED, walletId: 'AGR2' },
  ] as const)
    expect(next({ status, signed }, found)).toMatchObject({ kind: 'wait', isForPerson: true })
})

test('what is being ended is watched for as long as somebody may still sign it', () => {
  const status = 'ending'
  const reason = 'revoked_by_bank'
  expect(next({ status, reason }, SIGNED)).toMatchObject({ kind: 'end', signed: SIGNED })
  expect(next({ status, reason }, { kind: 'ended', detail: 'x' })).toMatchObject({ reason })
  const { offer: _, ...nameless } = aMandate({ status, reason })
  const unsigned = { kind: 'unsigned' } as const
  const dayLater = { claimedAt: NOW + 24 * 3_600_000 }
  expect(nextForMandate({ ...nameless, ...dayLater }, unsigned)).toMatchObject({ kind: 'wait' })
  const later = { claimedAt: NOW + 25 * 3_600_000 }
  expect(nextForMandate({ ...nameless, ...later }, unsigned)).toMatchObject({
    kind: 'close',
    status: 'ended',
    reason,
  })
})

test('a request whose first answer was lost is looked for before it is asked again', () => {
  const status = 'requested'
  expect(next({ status }, SIGNED)).toMatchObject({ kind: 'sign', signed: SIGNED })
  expect(next({ status }, { kind: 'unsigned' })).toEqual({ kind: 'ask', isUnknown: false })
  expect(next({ status }, { kind: 'not_found' })).toEqual({ kind: 'ask', isUnknown: true })
})
