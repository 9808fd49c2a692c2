import { expect, test } from 'vitest'
import { networkKeyText } from './authorization.ts'
import { CARD_STATUSES, type Card, canBecome, checkCard, statusesBefore } from './card.ts'
import { type ConversionId, conversionReference } from './conversion.ts'
import { CONCLUDE_RESERVE_MS, exchangeSlice, remaining } from './deadline.ts'
import { type AuthorizationId, movementReference, parseAuthorizationId, uuidOf } from './ids.ts'
import { type MandateId, mandateReference } from './mandate.ts'
import { isNotFoundFinal, isResendSafe, type ReferenceUniqueness } from './movement.ts'

const id = 'aut_019a1b2c-3d4e-7f50-8a6b-7c8d9e0f1a2b' as AuthorizationId
const card = {
  status: 'active',
  expiresOn: '2028-12',
  walletLink: { walletId: 'AGR1' },
} as Card

test('an authorization id is read only in its exact form', () => {
  expect(parseAuthorizationId(id)).toBe(id)
  expect(uuidOf(id)).toBe('019a1b2c-3d4e-7f50-8a6b-7c8d9e0f1a2b')
  for (const text of ['', 'aut_', id.toUpperCase(), `${id}\n`, id.slice(4), `rev_${id.slice(4)}`])
    expect(parseAuthorizationId(text)).toBeUndefined()
})

test('a movement reference is derived, distinct by kind and ordinal, and short enough for every rail', () => {
  const references = [
    movementReference(id, 'debit', 1),
    movementReference(id, 'debit', 2),
    movementReference(id, 'credit', 1),
  ]
  expect(new Set(references).size).toBe(3)
  for (const reference of references) expect(reference).toMatch(/^tm[dc][0-9a-z]{27}$/)
  expect(movementReference(id, 'debit', 1)).toBe(references[0])
  expect(() => movementReference(id, 'debit', 1_296)).toThrow(RangeError)
})

test('only an active, unexpired, linked card pays, and expiry comes first', () => {
  expect(checkCard(card, '2028-12')).toEqual({ ok: true, value: { walletId: 'AGR1' } })
  expect(checkCard(card, '2029-01')).toEqual({ ok: false, reason: 'card_expired' })
  const { walletLink: _unlinked, ...unlinked } = card
  expect(checkCard(unlinked, '2026-11')).toEqual({ ok: false, reason: 'wallet_not_linked' })
  for (const status of CARD_STATUSES.filter((other) => other !== 'active')) {
    const reason = checkCard({ ...card, status }, '2026-11')
    expect(reason).toEqual({
      ok: false,
      reason: status === 'not_activated' ? 'card_not_activated' : `card_${status}`,
    })
    expect(checkCard({ ...card, status }, '2030-01')).toEqual({ ok: false, reason: 'card_expired' })
  }
})

test('no exchange call starts without its reserve', () => {
  const deadline = { at: 1_000, windowEndsAt: 0 }
  expect(exchangeSlice(deadline, 0)).toBe(1_000 - CONCLUDE_RESERVE_MS)
  expect(exchangeSlice(deadline, 900)).toBe(0)
  expect(remaining(deadline, 1_001)).toBe(0)
})

test('"not found" becomes final only after the window and the lag', () => {
  const capabilities = {
    reference: { kind: 'for_ever' },
    hasValidityWindow: true,
    notFoundIsFinalAfterMs: 11_000,
  } as const
  expect(isNotFoundFinal(capabilities, 1_000, 11_999)).toBe(false)
  expect(isNotFoundFinal(capabilities, 1_000, 12_000)).toBe(true)
})

test('an order is sent again only while its exchange surely knows the reference', () => {
  const safe = (reference: ReferenceUniqueness) => isResendSafe({ reference }, 1_000, 2_000)
  expect(safe({ kind: 'for_ever' })).toBe(true)
  expect(safe({ kind: 'for_window', windowMs: 1_001 })).toBe(true)
  expect(safe({ kind: 'for_window', windowMs: 1_000 })).toBe(false)
  expect(safe({ kind: 'while_open' })).toBe(false)
  expect(safe({ kind: 'undocumented' })).toBe(false)
})

test('references of mandates and conversions fit every rail', () => {
  const uuid = '01a20422-72bf-7f1a-8cce-02ba9abf15f6'
  const references = [
    mandateReference(`mdt_${uuid}` as MandateId),
    conversionReference(`cnv_${uuid}` as ConversionId),
  ]
  for (const reference of references) expect(reference).toMatch(/^[a-z0-9]{27}$/)
  expect(new Set(references).size).toBe(2)
})

test('a network key keeps its parts apart', () => {
  const key = {
    localDateTime: '2026-11-22T10:00:00',
    acquirerId: '400001',
    terminalId: 'T1',
    systemTraceAuditNumber: '000001',
    retrievalReferenceNumber: '632600000001',
  }
  expect(networkKeyText(key)).toBe('2026-11-22T10:00:00/400001/T1/000001/632600000001')
})

test('a closed card never comes back, and a lost or stolen one is only closed', () => {
  for (const to of CARD_STATUSES) {
    expect(canBecome(to, to)).toBe(true)
    expect(canBecome('closed', to)).toBe(to === 'closed')
    for (const from of ['lost', 'stolen'] as const)
      expect(canBecome(from, to)).toBe(to === from || to === 'closed')
    expect(statusesBefore(to)).toEqual(CARD_STATUSES.filter((from) => canBecome(from, to)))
  }
  expect(statusesBefore('active')).toEqual(['not_activated', 'active', 'frozen'])
  expect(statusesBefore('not_activated')).toEqual(['not_activated'])
  expect(statusesBefore('closed')).toEqual([...CARD_STATUSES])
})
